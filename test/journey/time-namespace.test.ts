import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { compile } from '../helpers/compile.ts';
import { CLI, isRunning, Sandbox } from '../helpers/sandbox.ts';

// Such as a container's that was moved here from another machine.
const OTHER_TIME = ['unshare', '--time', '--boottime', '86400', '--fork', '--'];
const made = spawnSync('unshare', ['--time', '--boottime', '86400', '--fork', '--', 'true']);
const skip = made.status !== 0 && 'needs time namespaces, and the right to make one';

// Its record alone tells that such a daemon runs, and tells it by a start time: /proc shows that shifted.
test('a daemon that closes all fds is known from another time namespace', { skip }, async (t) => {
  const box = new Sandbox(t);
  const program = await compile(box, 'closes-all-fds.c');
  const elsewhere = (...command: string[]) =>
    box.run([...OTHER_TIME, process.execPath, CLI, ...command]);
  const started = await elsewhere('start', '--name', 'moved', program);
  assert.equal(started.status, 0, started.stderr);
  const pid = box.pidOf('moved');
  for (const look of [elsewhere, (...command: string[]) => box.daimon(...command)]) {
    const seen = JSON.parse((await look('status', '--json', 'moved')).stdout);
    assert.deepEqual([seen.state, seen.pid], ['running', pid]);
    assert.ok(seen.uptimeMs < 60_000, `${seen.uptimeMs}`);
    assert.match((await look('start', '--name', 'moved', program)).stderr, /already running/);
  }
  await box.succeed('stop', 'moved');
  assert.equal(isRunning(pid), false);
  await box.succeed('start', '--name', 'moved', program);
  assert.equal((await elsewhere('stop', 'moved')).status, 0);
});
