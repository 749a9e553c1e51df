import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { system } from '../../src/os/index.ts';
import { killSession, sessionMark, sessionMembers } from '../../src/os/session-tree.ts';
import { isRunning, Program, until } from '../helpers/program.ts';

// What macOS and FreeBSD do for stop.spawn(): it needs no kqueue, so it is run here.
const FIXTURE = fileURLToPath(new URL('../fixtures/session-family.mts', import.meta.url));

function startFamily(script: string, then = 'live'): Program {
  return new Program(process.execPath, ['--import', 'tsx', FIXTURE, script, then]);
}

async function pidsOf(program: Program, count: number): Promise<number[]> {
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
    'all are gone',
    () => !pids.some(isRunning),
    () => pids.filter(isRunning).join(' '),
  );

const PARENT_AND_CHILD = 'sleep 1000 & echo pid $!; echo pid $$; wait';
// It holds none of the program's streams, so that the program's end is seen.
const ORPHANS_A_CHILD = 'sleep 1000 > /dev/null 2>&1 & echo pid $!';

describe('SessionFamily', () => {
  it('has what is left of its trees killed when the program is killed', async () => {
    await using program = startFamily(PARENT_AND_CHILD);
    const pids = await pidsOf(program, 2);
    program.signal('SIGKILL');
    await program.end();
    await gone(pids);
  });

  it('still knows, and has killed, what its child has left behind', async () => {
    await using program = startFamily(ORPHANS_A_CHILD);
    const pids = await pidsOf(program, 1);
    const [, mark] = await program.says(/^exit (session \d+)$/m);
    assert.equal(program.output.includes(`mark ${mark}`), true);
    program.signal('SIGKILL');
    await program.end();
    await gone(pids);
  });

  it('lets a tree outlive the program once it has been let go', async () => {
    await using program = startFamily(ORPHANS_A_CHILD, 'rest');
    const [pid = 0] = await pidsOf(program, 1);
    const [, mark = ''] = await program.says(/^exit (session \d+)$/m);
    program.signal('SIGKILL');
    await program.end();
    assert.equal(isRunning(pid), true);
    assert.deepEqual(
      killSession(system(), mark).map((killed) => killed.pid),
      [pid],
    );
    await gone([pid]);
  });

  it('forgets a tree of which nothing is left', async () => {
    await using program = startFamily('echo pid $$');
    await pidsOf(program, 1);
    await program.says(/^exit $/m);
    program.signal('SIGKILL');
    await program.end();
  });
});

describe('sessionMembers()', () => {
  it('finds who changed the group and lost the parents, and nobody of another session', async () => {
    // -m: each job in a process group of its own.
    await using program = new Program('setsid', [
      ...[
        'sh',
        '-mc',
        'echo pid $$; (sleep 1000 & echo pid $!); sh -c "sleep 1000 & echo pid \\$!"; wait; sleep 1000',
      ],
    ]);
    const pids = await pidsOf(program, 3);
    const [sid = 0] = pids;
    const members = sessionMembers(system(), sessionMark(sid)).map(({ ref }) => ref.pid);
    for (const pid of pids) assert.ok(members.includes(pid), `${pid} of ${members}`);
    assert.equal(members.includes(process.pid), false);
    killSession(system(), sessionMark(sid));
    await gone(pids);
  });
});
