import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { windowsNodePath } from '../../tools/node-cache.mjs';
import { eventually } from '../helpers/eventually.ts';
import { CLI } from '../helpers/sandbox.ts';
import { WINE_SKIP, WineBox, windowsPath } from '../helpers/wine.ts';

const LIBRARY = `file:///Z:${new URL('../../dist/index.js', import.meta.url).pathname}`;
const SLEEPS = 'setTimeout(() => {}, 600_000)';

test('Windows: ten simultaneous starts make one daemon', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  box.file('one.mjs', SLEEPS);
  await box.succeed('list'); // the first program waits for Windows to be up
  const starts = await Promise.all(
    Array.from({ length: 10 }, () => box.daimon('start', 'one.mjs')),
  );
  const started = starts.filter(({ status }) => status === 0);
  assert.equal(started.length, 1, JSON.stringify(starts));
  const pid = box.pidOf('one');
  for (const { status, stderr } of starts) {
    if (status === 0) continue;
    assert.equal(status, 1);
    assert.match(
      stderr,
      new RegExp(`already running \\(pid ${pid}`),
      JSON.stringify(starts, null, 1),
    );
  }
  assert.equal((await box.programs()).length, 1);
  await box.succeed('stop', 'one', '--grace', '100ms');
  assert.deepEqual(await box.programs(), []);
});

test('Windows: a daemon that is killed leaves no child and nothing stale', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  box.file(
    'parent.mjs',
    `import { spawn } from 'node:child_process';
     const child = spawn(process.execPath, ['-e', ${JSON.stringify(SLEEPS)}], { detached: true, stdio: 'ignore' });
     console.log('child ' + child.pid); ${SLEEPS}`,
  );
  await box.succeed('start', 'parent.mjs');
  const pid = box.pidOf('parent');
  const child = Number(/child (\d+)/.exec(box.logOf('parent'))?.[1]);
  assert.ok(await box.isRunning(child));
  await box.kill(pid);
  await eventually(
    'the end of its child',
    () => box.isRunning(child),
    (running) => !running,
  );
  assert.equal((await box.daimon('status', 'parent')).status, 1);
  await box.succeed('start', 'parent.mjs');
  assert.equal((await box.programs()).length, 2);
  await box.succeed('stop', 'parent', '--grace', '100ms');
  assert.deepEqual(await box.programs(), []);
});

test('Windows: a pid that is another process by now is not the daemon, and is not killed', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  box.file('two.mjs', SLEEPS);
  await box.succeed('start', '--name', 'first', 'two.mjs');
  await box.succeed('start', '--name', 'stranger', 'two.mjs');
  const stranger = box.pidOf('stranger');
  await box.kill(box.pidOf('first'));
  // As it would be if the system had given the pid of the one to the other.
  const path = join(box.home, 'state', 'first.json');
  const record = JSON.parse(readFileSync(path, 'utf8'));
  record.ref.pid = stranger;
  writeFileSync(path, JSON.stringify(record));
  writeFileSync(join(box.home, 'run', 'first.pid'), `${stranger}\n`);
  assert.equal((await box.daimon('status', 'first')).status, 1);
  for (const words of [['signal', 'TERM'], ['reload'], ['signal', 'KILL']]) {
    const refused = await box.daimon(...words, 'first');
    assert.equal(refused.status, 1, refused.stdout);
    assert.match(refused.stderr, /"first" is not running/);
  }
  const sends = box.file(
    'sends.mjs',
    `import { send } from ${JSON.stringify(LIBRARY)};
     console.log((await send(process.argv[2], 'SIGTERM')).kind);`,
  );
  const pidFile = windowsPath(join(box.home, 'run', 'first.pid'));
  assert.equal((await box.node(sends, pidFile)).stdout, 'gone\n');
  await box.succeed('stop', 'first');
  assert.ok(await box.isRunning(stranger));
  await box.succeed('stop', 'stranger', '--grace', '100ms');
});

// From before the first look to after the last word, by the clock: there is no strace to stop at a call.
const KILLS = 10;

test('Windows: a launcher killed at any moment leaves a daemon that is known, or none', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  box.file('web.mjs', SLEEPS);
  const startedMs = performance.now();
  await box.succeed('start', 'web.mjs');
  const wholeMs = performance.now() - startedMs;
  await box.succeed('stop', 'web', '--grace', '100ms');
  const left: string[] = [];
  for (let kill = 1; kill <= KILLS; kill++) {
    const words = [windowsNodePath(), windowsPath(CLI), 'start', 'web.mjs'];
    const launcher = box.spawn(words);
    await sleep((wholeMs * kill) / KILLS);
    launcher.kill('SIGKILL');
    await new Promise((resolve) => {
      if (launcher.exitCode !== null || launcher.signalCode !== null) resolve(null);
      else launcher.once('exit', resolve);
    });
    const status = await box.daimon('status', 'web');
    left.push(`${status.status}`);
    assert.ok([0, 1, 3].includes(status.status ?? -1), status.stderr);
    const stopped = await box.daimon('stop', 'web', '--grace', '100ms');
    assert.ok(status.status === 3 || stopped.status === 0, stopped.stderr);
    await eventually(
      'no program',
      () => box.programs(),
      (seen) => seen.length === 0,
    );
  }
  await box.succeed('start', 'web.mjs');
  await box.succeed('stop', 'web', '--grace', '100ms');
  t.diagnostic(`what status said after the kills: ${left.join(' ')}`);
  assert.deepEqual(
    readdirSync(join(box.home, 'run')).filter((name) => name !== '.lock'),
    [],
  );
});
