import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { CLI, isRunning, processesNaming, Sandbox } from '../helpers/sandbox.ts';

const strace = spawnSync('strace', ['-V']).status === 0;

// Between them lies everything that a start does: records, lock, PID file, processes.
const CALLS = [
  'flock',
  'rename',
  'unlink',
  'pipe2',
  'setsid',
  'fchmod',
  'close_range',
  'pidfd_open',
  'wait4',
];

for (const call of CALLS) {
  test(`whoever is killed at ${call}, launcher or half-born daemon: all or nothing, and the next start works`, {
    skip: !strace && 'needs strace',
  }, async (t) => {
    const box = new Sandbox(t);
    for (const when of [1, 2]) {
      const seconds = `50${when}.${process.pid}`;
      const killing = [
        'strace',
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-b',
        'execve',
        '-e',
        `trace=${call}`,
        '-e',
        `inject=${call}:signal=KILL:when=${when}`,
      ];
      const started = await box.run([
        ...killing,
        process.execPath,
        CLI,
        'start',
        '--name',
        'torn',
        '--ready',
        'exec',
        'sleep',
        seconds,
      ]);
      const { running } = await eventually(
        'none, or one that is known',
        async () => {
          const running = processesNaming(seconds)
            .filter(({ pid, command }) => !/cli|strace/.test(command) && isRunning(pid))
            .map(({ pid }) => pid);
          const { status, stdout, stderr } = await box.daimon('status', 'torn', '--json');
          return {
            running,
            status,
            pid: (JSON.parse(stdout) as { pid: number | null }).pid,
            stderr,
          };
        },
        ({ running, status, pid }) =>
          running.length === 0
            ? status === 1 || status === 3
            : running.length === 1 && running[0] === pid && status === 0,
      );
      // A launcher that lives tells the truth.
      if (started.status === 0) assert.equal(running.length, 1, started.stdout);
      else if (started.stderr !== '') assert.equal(running.length, 0, started.stderr);
      await box.daimon('stop', 'torn');
      assert.deepEqual(processesNaming(seconds), []);
      await box.succeed('start', '--name', 'torn', '--ready', 'exec', 'sleep', '1000');
      await box.succeed('stop', 'torn');
      assert.deepEqual(
        ['run', 'state'].flatMap((folder) => readdirSync(join(box.home, folder))),
        [],
        `${call} ${when}`,
      );
    }
  });
}
