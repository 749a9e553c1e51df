import assert from 'node:assert/strict';
import {
  existsSync,
  readdirSync,
  readFileSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compile } from '../helpers/compile.ts';
import { eventually } from '../helpers/eventually.ts';
import { CLI, isRunning, Sandbox } from '../helpers/sandbox.ts';

const LIVES = 'setInterval(() => {}, 1e6);';
/** A promise to programs. */
const FIELDS = [
  'name',
  'pid',
  'state',
  'startedAt',
  'uptimeMs',
  'restarts',
  'exitCode',
  'signal',
  'ready',
  'pidFile',
  'logFile',
  'cpu',
  'memoryBytes',
];

test('status is 0 running, 1 dead, 3 not running, 4 unknown; --json has the promised fields', async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', LIVES);
  assert.equal((await box.daimon('status', 'app')).status, 3);
  const absent = await box.daimon('status', 'app', '--json');
  assert.equal(absent.status, 3);
  assert.equal(JSON.parse(absent.stdout).state, 'stopped');

  await box.succeed('start', 'app.mjs');
  const running = JSON.parse(await box.succeed('status', 'app', '--json'));
  for (const field of FIELDS)
    assert.ok(field in running, `no "${field}" in ${Object.keys(running)}`);
  assert.equal(running.name, 'app');
  assert.equal(running.pid, box.pidOf('app'));
  assert.equal(running.state, 'running');
  assert.equal(running.ready, true);
  assert.equal(running.restarts, 0);
  assert.equal(running.pidFile, join(box.home, 'run', 'app.pid'));
  assert.equal(running.logFile, join(box.home, 'logs', 'app.log'));
  assert.ok(Date.parse(running.startedAt) <= Date.now());
  assert.ok(running.uptimeMs >= 0 && running.memoryBytes > 1e6 && running.cpu >= 0);
  const list = JSON.parse(await box.succeed('list', '--json'));
  assert.deepEqual(
    list.map((one: { name: string }) => one.name),
    ['app'],
  );
  assert.deepEqual(Object.keys(list[0]), Object.keys(running));

  process.kill(running.pid, 'SIGSTOP');
  assert.equal(JSON.parse(await box.succeed('status', 'app', '--json')).state, 'suspended');
  process.kill(running.pid, 'SIGKILL');
  await eventually(
    'its end',
    () => isRunning(running.pid),
    (still) => !still,
  );
  const dead = await box.daimon('status', 'app', '--json');
  assert.equal(dead.status, 1);
  assert.equal(JSON.parse(dead.stdout).state, 'dead');
  assert.equal(JSON.parse(dead.stdout).pid, null);

  writeFileSync(join(box.home, 'run', 'left.pid'), '1\n');
  assert.equal((await box.daimon('status', 'left')).status, 1);
  const unknown = await box.daimon('status', `${'x'.repeat(300)}`);
  assert.ok([3, 4].includes(unknown.status ?? -1), unknown.stderr);
  assert.equal((await box.daimon('status', 'app', 'nothing')).status, 3);
});

test('a restart is counted, a start anew is not', async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', LIVES);
  const restarts = async () => JSON.parse(await box.succeed('status', 'app', '--json')).restarts;
  await box.succeed('start', 'app.mjs');
  await box.succeed('restart', 'app');
  await box.succeed('restart', 'app');
  assert.equal(await restarts(), 2);
  await box.succeed('stop', 'app');
  await box.succeed('start', 'app.mjs');
  assert.equal(await restarts(), 0);
});

test('wait tells how a daemon ended: its code, or its signal', async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', `${LIVES} process.on('SIGUSR1', () => process.exit(42));`);
  for (const [signal, words, exitCode, signalName] of [
    ['USR1', /exited with code 42/, 42, null],
    ['KILL', /ended by SIGKILL/, null, 'SIGKILL'],
  ] as const) {
    await box.succeed('start', 'app.mjs');
    const text = box.run([process.execPath, CLI, 'wait', 'app']);
    const json = box.run([process.execPath, CLI, 'wait', '--json', 'app']);
    // Both wait once they sleep in epoll_wait: the daemon's end is the same fact for either.
    await box.succeed('signal', signal, 'app');
    const [told, toldJson] = await Promise.all([text, json]);
    if (told.status === 0) assert.match(told.stdout, words);
    else assert.match(told.stderr, /is not running/); // it came too late
    if (toldJson.status === 0) {
      const { pid: _pid, ...facts } = JSON.parse(toldJson.stdout);
      assert.deepEqual(facts, { name: 'app', exitCode, signal: signalName });
    }
    await box.daimon('delete', 'app');
  }
});

test('wait gives up after --timeout', async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', LIVES);
  await box.succeed('start', 'app.mjs');
  const ran = await box.daimon('wait', 'app', '--timeout', '200ms');
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /still runs after 200 ms/);
});

test('signal sends by name, number and 0; delete refuses what runs, then forgets it', async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', `process.on('SIGUSR2', () => console.log('usr2')); ${LIVES}`);
  await box.succeed('start', 'app.mjs');
  assert.match(await box.succeed('signal', '0', 'app'), /Can signal app/);
  for (const word of ['USR2', 'sigusr2', '12']) {
    const before = box.logOf('app').length;
    await box.succeed('signal', word, 'app');
    await eventually(
      word,
      () => box.logOf('app').length,
      (length) => length > before,
    );
  }
  const refused = await box.daimon('delete', 'app');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /it is running \(pid \d+\)\. Stop it first with: daimon stop app/);
  await box.succeed('stop', 'app');
  await box.succeed('start', 'app.mjs');
  await box.succeed('delete', '--force', '--logs', 'app');
  assert.deepEqual(readdirSync(join(box.home, 'run')), []);
  assert.equal(existsSync(join(box.home, 'logs', 'app.log')), false);
  assert.equal((await box.daimon('delete', 'app')).status, 1);
});

test('a daemon whose start was interrupted runs: nobody waits for it any more, and status says so', async (t) => {
  const box = new Sandbox(t);
  const launcher = box.spawn(
    [process.execPath, CLI, 'start', '--name', 'orphan', '--ready', 'notify', 'sleep', '1000'],
    { stdio: 'ignore' },
  );
  const look = async () => JSON.parse((await box.daimon('status', 'orphan', '--json')).stdout);
  await eventually('its launch', look, ({ state }) => state === 'starting');
  launcher.kill('SIGKILL');
  const seen = await eventually('the truth', look, ({ state }) => state !== 'starting');
  assert.deepEqual([seen.state, seen.ready], ['running', false]);
  assert.match(
    await box.succeed('status', 'orphan'),
    /^orphan is running\n[\s\S]*ready +not known: its start was interrupted/,
  );
});

test('a daemon that closes its lock is known, also when its launcher was killed before it wrote down whom it launched', async (t) => {
  const box = new Sandbox(t);
  const program = await compile(box, 'closes-all-fds.c');
  await box.succeed('start', '--name', 'loose', '--ready', 'exec', program, '1000');
  const pid = box.pidOf('loose');
  const path = join(box.home, 'state', 'loose.json');
  const record = JSON.parse(readFileSync(path, 'utf8'));
  const ref = { ...record.ref, startTime: '0' };
  const announced = { ...record, ref, startedAt: null, ready: false, awaitedBy: ref };
  writeFileSync(path, JSON.stringify(announced));
  const status = JSON.parse(await box.succeed('status', 'loose', '--json'));
  assert.deepEqual([status.pid, status.state, status.ready], [pid, 'running', false]);
  const again = await box.daimon('start', '--name', 'loose', program, '1000');
  assert.match(again.stderr, new RegExp(`already running \\(pid ${pid},`));
  await box.succeed('stop', 'loose');
  assert.equal(isRunning(pid), false);
});

test('a daemon that closes its lock, and whose record was destroyed, is not doubled; its pid given away, it is forgotten', async (t) => {
  const box = new Sandbox(t);
  const program = await compile(box, 'closes-all-fds.c');
  const start = ['start', '--name', 'loose', '--ready', 'exec', program, '1000'];
  await box.succeed(...start);
  const pid = box.pidOf('loose');
  unlinkSync(join(box.home, 'state', 'loose.json'));
  for (const command of [start, ['stop', 'loose'], ['delete', 'loose']]) {
    const ran = await box.daimon(...command);
    assert.equal(ran.status, 1, ran.stdout);
    assert.match(ran.stderr, new RegExp(`names pid ${pid} .*daimon check ${pid}.*kill ${pid}`));
  }
  assert.equal(isRunning(pid), true);
  assert.equal(box.pidOf('loose'), pid);
  // A file older than the process: the pid is somebody else's by now, though of a daemon, too.
  utimesSync(join(box.home, 'run', 'loose.pid'), 1, 1);
  await box.succeed(...start);
  assert.notEqual(box.pidOf('loose'), pid);
  process.kill(pid, 'SIGKILL');
  await box.succeed('stop', 'loose');
});
