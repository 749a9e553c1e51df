import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startFixture } from '../helpers/program.ts';

describe('gracefulShutdown()', () => {
  it('raises the flag inside loops that never yield, on the main thread and in workers', async () => {
    await using program = startFixture('stops-from-busy-loop.mjs', ['2']);
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /main saw SIGTERM from true/);
    assert.match(program.output, /worker 1 finally/);
    assert.match(program.output, /worker 2 finally/);
    assert.match(program.output, /the listener of the program/);
  });

  it('runs phases in their order, the last hook given first', async () => {
    await using program = startFixture('hooks.mjs', ['order']);
    await program.says(/ready/);
    program.signal('SIGINT');
    assert.equal(await program.end(), 0, program.errors);
    const done = [...program.output.matchAll(/: (.+) done in/g)].map(([, name]) => name);
    assert.deepEqual(done, [
      'accepting',
      'drained',
      'left',
      'closed last given',
      'closed first given',
    ]);
  });

  it('reports a hook that throws, runs the rest, ends with 1', async () => {
    await using program = startFixture('hooks.mjs', ['throws']);
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 1);
    assert.match(program.output, /the rest ran/);
    assert.match(program.errors, /close: thrower failed: Error: broken on purpose/);
  });

  for (const kind of ['hangs', 'hangsUnbounded']) {
    it(`gives up a hook that ${kind}, runs the rest, ends with 1`, async () => {
      await using program = startFixture('hooks.mjs', [kind, '1000']);
      await program.says(/ready/);
      program.signal('SIGTERM');
      assert.equal(await program.end(), 1);
      assert.match(program.output, /the rest ran/);
      assert.match(program.errors, /close: hanger did not finish within/);
    });
  }

  it('runs hooks that a hook adds, for this phase and for one that has passed', async () => {
    await using program = startFixture('hooks.mjs', ['adds']);
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /added for this phase[\s\S]*added for a passed phase/);
  });

  it('ends with 128 + n at the deadline though the event loop is blocked, and says what was pending', async () => {
    await using program = startFixture('hooks.mjs', ['blocks', '300']);
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 143);
    assert.match(program.errors, /the time to stop is over.*exit code 143/);
    assert.match(program.errors, /close: blocker \(running\)/);
  });

  it('ends at once at a second signal', async () => {
    await using program = startFixture('hooks.mjs', ['slow', '60000']);
    await program.says(/ready/);
    program.signal('SIGTERM');
    await program.says(/slow hook …/);
    await new Promise((resolve) => setTimeout(resolve, 60)); // the burst time, a promise of the API
    program.signal('SIGINT');
    assert.equal(await program.end(), 130);
    assert.match(program.errors, /a second signal arrived[\s\S]*close: slow hook \(running\)/);
  });

  it('takes a burst of a thousand signals for one request', async () => {
    await using program = startFixture('hooks.mjs', ['order']);
    await program.says(/ready/);
    for (let i = 0; i < 1000; i++) {
      try {
        program.signal('SIGTERM');
      } catch {
        break; // it has ended already
      }
    }
    assert.equal(await program.end(), 0, program.errors);
    assert.equal(program.output.match(/stopping:/g)?.length, 1);
    assert.equal(program.output.match(/done in/g)?.length, 5);
  });
});
