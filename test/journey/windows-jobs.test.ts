import assert from 'node:assert/strict';
import { test } from 'node:test';
import { windowsNodePath } from '../../tools/node-cache.mjs';
import { eventually } from '../helpers/eventually.ts';
import { CLI } from '../helpers/sandbox.ts';
import { WINE_SKIP, WineBox, windowsPath } from '../helpers/wine.ts';

const SLEEPS = 'setTimeout(() => {}, 600_000)';
const NODE = windowsPath(windowsNodePath());
const COMMAND = windowsPath(CLI);
const [BREAKAWAY_OK, KILL_ON_JOB_CLOSE] = [0x0800, 0x2000];

test('Windows: a daemon leaves the job of who started it, where that lets it go', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  const inAJob = box.compile('windows/in-a-job.c');
  box.file('web.mjs', SLEEPS);
  const startIn = async (limits: number) => {
    const words = [inAJob, limits.toString(16), NODE, COMMAND, 'start', 'web.mjs'];
    const ran = await box.run(words);
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  };
  await startIn(KILL_ON_JOB_CLOSE | BREAKAWAY_OK);
  assert.equal((await box.daimon('status', 'web')).status, 0);
  await box.succeed('stop', 'web', '--grace', '100ms');

  // It stays in one that does not, and ends with it; what it was is known.
  await startIn(KILL_ON_JOB_CLOSE);
  await eventually(
    'its end with the job',
    () => box.daimon('status', 'web'),
    ({ status }) => status === 1,
  );
  await box.succeed('delete', 'web');
});

test('Windows: a daemon that a daemon started outlives it', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  box.file('inner.mjs', SLEEPS);
  box.file(
    'outer.mjs',
    `import { execFileSync } from 'node:child_process';
     execFileSync(process.execPath, [${JSON.stringify(COMMAND)}, 'start', 'inner.mjs'], { stdio: 'inherit' });
     ${SLEEPS}`,
  );
  await box.succeed('start', 'outer.mjs');
  const inner = box.pidOf('inner');
  await box.succeed('stop', 'outer', '--grace', '100ms');
  assert.equal(await box.isRunning(inner), true);
  await box.succeed('stop', 'inner', '--grace', '100ms');
  assert.deepEqual(await box.programs(), []);
});

test('Windows: what daimon run has started ends with it', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  box.file(
    'parent.mjs',
    `import { spawn } from 'node:child_process';
     spawn(process.execPath, ['-e', ${JSON.stringify(SLEEPS)}], { detached: true, stdio: 'ignore' });
     console.log('runs under ' + process.ppid); ${SLEEPS}`,
  );
  const running = box.daimon('run', '--log', 'out.txt', 'parent.mjs');
  const status = await eventually(
    'the child runs',
    () => box.daimon('status', 'parent', '--json'),
    (ran) => ran.status === 0 && JSON.parse(ran.stdout).ready === true,
  );
  assert.equal(JSON.parse(status.stdout).state, 'running');
  const [, runner] = /runs under (\d+)/.exec(box.read('out.txt')) ?? [];
  await box.kill(Number(runner));
  await running;
  await eventually(
    'the end of all',
    () => box.programs(),
    (seen) => seen.length === 0,
  );
});
