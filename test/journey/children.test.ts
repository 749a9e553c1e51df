import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stopTreeOf as stopTree } from '../../src/shutdown/stop-tree-of.ts';
import { isRunning, Program, startFixture, until } from '../helpers/program.ts';

/** The fixture's children, and whoever else of them it told. */
async function treePids(program: Program, count = 1): Promise<number[]> {
  const told = () => [...program.output.matchAll(/^pid (\d+)$/gm)].map(([, pid]) => Number(pid));
  await until(
    `${count} pids`,
    () => told().length >= count,
    () => program.output + program.errors,
  );
  return told();
}

const gone = (pids: readonly number[]) =>
  until(
    'the tree is gone',
    () => !pids.some(isRunning),
    () => pids.filter(isRunning).join(' '),
  );

describe('stopTree()', () => {
  it('ends a process that is none of ours with all that descends from it', async () => {
    await using program = new Program('sh', [
      '-c',
      'trap "" TERM; sleep 1000 & sleep 1000 & echo pid $!; wait; wait',
    ]);
    const pids = await treePids(program);
    const { killed, survivors } = await stopTree(program.pid, { graceMs: 100 });
    assert.deepEqual(survivors, []);
    assert.ok(killed.some(({ pid }) => pid === program.pid));
    await gone(pids);
  });

  it('ends those whose parent went first', async () => {
    await using program = new Program('sh', [
      '-c',
      'sleep 1000 > /dev/null 2>&1 & echo pid $!; sh -c "sleep 1000 & echo pid \\$!; wait" & wait; wait',
    ]);
    const pids = await treePids(program, 2);
    const { killed, survivors } = await stopTree(program.pid);
    assert.deepEqual([killed, survivors], [[], []]);
    await gone(pids);
  });
});

describe('stop.spawn()', () => {
  it('asks the child with SIGTERM, reads its last words, tells its exit code', async () => {
    await using program = startFixture('child-trees.mjs', ['polite']);
    const pids = await treePids(program);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /last words/);
    assert.match(program.output, new RegExp(`sh \\(pid ${pids[0]}\\) ended: exit code 3$`, 'm'));
    await gone(pids);
  });

  it('kills a child that ignores SIGTERM, after its grace', async () => {
    await using program = startFixture('child-trees.mjs', ['ignores', '200']);
    const pids = await treePids(program);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /ended: SIGKILL, had to be killed/);
    await gone(pids);
  });

  it('kills a descendant that left the group, the session and its parents', async () => {
    await using program = startFixture('child-trees.mjs', ['escapes', '200']);
    const pids = await treePids(program);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    await gone(pids);
  });

  it('ends what a child left behind that has ended before', async () => {
    await using program = startFixture('child-trees.mjs', ['orphans']);
    const pids = await treePids(program);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    await gone(pids);
  });

  it('passes signals on', async () => {
    await using program = startFixture('child-trees.mjs', ['forwards']);
    await treePids(program);
    program.signal('SIGUSR1');
    await program.says(/got usr1/);
  });

  it('leaves nobody when the program is killed', async () => {
    await using program = startFixture('child-trees.mjs', ['many']);
    const pids = await treePids(program, 5);
    program.signal('SIGKILL');
    await gone(pids);
  });
});
