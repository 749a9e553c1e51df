import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { fdsOf } from '../helpers/proc.ts';
import { CLI, isRunning, Sandbox } from '../helpers/sandbox.ts';

const strace = spawnSync('strace', ['-V']).status === 0;
const skip = !strace && 'needs strace';

/** The command as an older kernel, or a sandbox, would have it; strace lets go of what is executed. */
function without(calls: readonly string[], error: string, ...command: string[]): string[] {
  const injected = calls.flatMap((call) => ['-e', `inject=${call}:error=${error}`]);
  return [
    'strace',
    '-f',
    '-qq',
    '-o',
    '/dev/null',
    '-b',
    'execve',
    '-e',
    `trace=${calls.join(',')}`,
    ...injected,
    process.execPath,
    CLI,
    ...command,
  ];
}

for (const error of ['ENOSYS', 'EPERM']) {
  test(`without close_range(2) (${error}) a daemon inherits as little`, { skip }, async (t) => {
    const box = new Sandbox(t);
    const start = without(
      ['close_range'],
      error,
      'start',
      '--name',
      'old',
      '--keep-fd',
      '30',
      'sleep',
      '1000',
    );
    const ran = await box.run([
      'bash',
      '-c',
      'exec 30</dev/zero 31</dev/zero 200</dev/zero; exec "$@"',
      'bash',
      ...start,
    ]);
    assert.equal(ran.status, 0, ran.stderr);
    assert.deepEqual(Object.keys(fdsOf(box.pidOf('old'))), ['0', '1', '2', '10', '30']);
  });

  test(`without pidfds (${error}) daemons are started, shown, signalled, awaited and stopped`, {
    skip,
  }, async (t) => {
    const box = new Sandbox(t);
    const run = async (...command: string[]) => {
      const ran = await box.run(without(['pidfd_open', 'pidfd_send_signal'], error, ...command));
      return { ...ran, said: ran.stdout + ran.stderr };
    };
    const started = await run(
      'start',
      '--name',
      'old',
      '--',
      'sh',
      '-c',
      'trap "" TERM; sleep 1000 & sleep 1000',
    );
    assert.equal(started.status, 0, started.said);
    const pid = box.pidOf('old');
    assert.equal((await run('status', 'old')).status, 0);
    assert.equal((await run('signal', '0', 'old')).status, 0);
    assert.match((await run('wait', 'old', '--timeout', '100ms')).said, /still runs/);
    const again = await run('start', '--name', 'old', 'sleep', '1');
    assert.match(again.said, /already running/);
    const stopped = await run('stop', 'old', '--grace', '200ms');
    assert.equal(stopped.status, 0, stopped.said);
    assert.match(stopped.said, /Had to kill/);
    assert.equal(isRunning(pid), false);
    const failed = await run('start', '--name', 'old', '--', 'sh', '-c', 'exit 7');
    assert.equal(failed.status, 1);
    assert.match(failed.said, /before it was ready/);
  });
}

test('wait sleeps in the kernel: no call at all until the daemon ends', { skip }, async (t) => {
  const box = new Sandbox(t);
  await box.succeed('start', '--name', 'slow', 'sleep', '1000');
  const trace = join(box.folder, 'trace');
  const waiting = box.run([
    'strace',
    '-f',
    '-qq',
    '-ttt',
    '-o',
    trace,
    process.execPath,
    CLI,
    'wait',
    'slow',
  ]);
  const before = await settled(trace);
  // A second of doing nothing shows what would wake up by the clock.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.equal(readFileSync(trace, 'latin1').length, before);
  process.kill(box.pidOf('slow'), 'SIGKILL');
  const ran = await waiting;
  assert.match(ran.stdout, /was ended by SIGKILL/);
});

/** The trace's length once it has stopped growing. */
async function settled(trace: string): Promise<number> {
  let length = -1;
  return await eventually(
    'its end',
    async () => {
      const former = length;
      await new Promise((resolve) => setTimeout(resolve, 200));
      const text = existsSync(trace) ? readFileSync(trace, 'latin1') : '';
      length = /epoll_p?wait\(\d+,\s+<unfinished/.test(text) ? text.length : -1;
      return former === length ? length : -1;
    },
    (seen) => seen >= 0,
  );
}

test('an end under a PID 1 that reaps nobody is seen at once', {
  skip: process.getuid?.() !== 0 && 'needs root for a PID namespace',
}, async (t) => {
  const box = new Sandbox(t);
  const story = `
"$NODE" "$CLI" start --name web sleep 1000 > /dev/null || exit 1
pid=$(cat "$DAIMON_HOME/run/web.pid")
"$NODE" "$CLI" wait web & waiter=$!
until ls -l /proc/$waiter/fd 2> /dev/null | grep -q pidfd; do sleep 0.01; done
kill -9 $pid; wait $waiter || exit 2
grep -q 'State:.Z' /proc/$pid/status || exit 3
"$NODE" "$CLI" status web; test $? = 1 || exit 4
"$NODE" "$CLI" stop web || exit 5
"$NODE" "$CLI" start --name web sleep 1000 > /dev/null || exit 6
"$NODE" "$CLI" stop web || exit 7`;
  const env = { ...box.environment, NODE: process.execPath, CLI };
  const python = `
import os, subprocess, sys
# The first process of the namespace waits for its own child only: orphans stay zombies.
child = os.posix_spawn('/bin/bash', ['bash', '-c', sys.argv[1]], os.environ)
_, status = os.waitpid(child, 0)
sys.exit(os.waitstatus_to_exitcode(status))`;
  const ran = await box.run(
    [
      'unshare',
      '--pid',
      '--fork',
      '--mount-proc',
      '--kill-child',
      '/usr/bin/python3',
      '-c',
      python,
      story,
    ],
    { env },
  );
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /ended by SIGKILL/);
});
