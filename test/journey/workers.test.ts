import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startFixture } from '../helpers/program.ts';

describe('stop.worker()', () => {
  const polite: [string, RegExp][] = [
    ['awaits', /cleaned up[\s\S]*worker exit 0/],
    ['blocks', /in time false[\s\S]*asked true[\s\S]*worker exit 0/],
    ['aborts', /finally SIGTERM 15[\s\S]*worker exit 1/],
  ];
  for (const [kind, said] of polite) {
    it(`waits for a worker that ${kind}`, async () => {
      await using program = startFixture('worker-kinds.mjs', [kind]);
      await program.says(/ready/);
      program.signal('SIGTERM');
      assert.equal(await program.end(), 0, program.errors);
      assert.match(program.output, said);
    });
  }

  it('takes what a worker throws at the request for no error, also where the program hears of it later', async () => {
    await using program = startFixture('worker-kinds.mjs', ['aborts', '1000', 'late']);
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /finally SIGTERM 15[\s\S]*worker exit 1/);
  });

  it('leaves what a worker throws before to the program', async () => {
    await using program = startFixture('worker-kinds.mjs', ['throws']);
    assert.equal(await program.end(), 1);
    assert.match(program.errors, /Error: thrown on purpose/);
  });

  for (const kind of ['ignores', 'busyForever']) {
    it(`terminates a worker that ${kind}, after its grace`, async () => {
      await using program = startFixture('worker-kinds.mjs', [kind, '100']);
      await program.says(/ready/);
      program.signal('SIGTERM');
      assert.equal(await program.end(), 0, program.errors);
      assert.match(program.output, /worker exit 1/);
    });
  }

  it('does not wait for a worker that is stuck in a native call', async () => {
    await using program = startFixture('worker-kinds.mjs', ['stuck', '100']);
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 1);
    assert.match(program.errors, /stuck in a native call/);
  });
});

describe('stop.pool()', () => {
  for (const kind of ['piscina', 'tinypool']) {
    it(`finishes the tasks of ${kind}, waiting ones too`, async () => {
      await using program = startFixture('pools.mjs', [kind, '50']);
      await program.says(/ready/);
      program.signal('SIGTERM');
      assert.equal(await program.end(), 0, program.errors);
      assert.match(program.output, /done 10/);
    });

    it(`cuts off tasks of ${kind} that take too long, and says so`, async () => {
      await using program = startFixture('pools.mjs', [kind, '60000', '100']);
      await program.says(/ready/);
      program.signal('SIGTERM');
      assert.equal(await program.end(), 1);
      assert.match(program.errors, /10 tasks of a worker pool did not end within 100 ms/);
    });
  }
});
