import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { CLI, Sandbox } from '../helpers/sandbox.ts';

/** A follower of a log, and everything it says. */
class Follower {
  stdout = '';
  stderr = '';
  readonly child: ChildProcess;
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>;

  constructor(box: Sandbox, ...args: string[]) {
    this.child = box.spawn([process.execPath, CLI, 'logs', '-f', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (data) => {
      this.stdout += data;
    });
    this.child.stderr?.on('data', (data) => {
      this.stderr += data;
    });
    this.ended = new Promise((resolve) =>
      this.child.once('close', (code, signal) => resolve([code, signal])),
    );
  }

  says(text: string): Promise<string> {
    return eventually(
      JSON.stringify(text),
      () => this.stdout + this.stderr,
      (seen) => seen.includes(text),
    );
  }
}

async function startQuiet(t: TestContext, ...options: string[]): Promise<[Sandbox, string]> {
  const box = new Sandbox(t);
  await box.succeed('start', '--name', 'web', ...options, 'sleep', '--', '1000');
  return [box, join(box.home, 'logs', 'web.log')];
}

test('logs prints all, or the last lines, bytes as they are into a pipe', async (t) => {
  const [box, log] = await startQuiet(t);
  const content = 'one\n\u001b[31mtwo\u001b[2J\nthree ü';
  writeFileSync(log, content);
  assert.equal(await box.succeed('logs', 'web'), content);
  assert.equal(await box.succeed('logs', '-n', '2', 'web'), '\u001b[31mtwo\u001b[2J\nthree ü');
  assert.equal(await box.succeed('logs', '-n', '0', 'web'), '');
  assert.equal((await box.daimon('logs', '-n', 'few', 'web')).status, 2);
});

test('logs of a stopped daemon are still there, and a name that is nearly right is answered', async (t) => {
  const [box, log] = await startQuiet(t);
  writeFileSync(log, 'last words\n');
  await box.succeed('stop', 'web');
  assert.equal(await box.succeed('logs', 'web'), 'last words\n');
  assert.match((await box.daimon('logs', 'wbe')).stderr, /Did you mean "web"/);
  assert.match(
    (await box.daimon('logs', 'quite-another')).stderr,
    /there is no .*quite-another\.log/,
  );
});

test('logs of a stopped daemon are still found where --log, --stdout and --stderr put them, until it is deleted', async (t) => {
  const [box, path] = await startQuiet(t, '--log', 'own.log');
  const [own, out] = [join(box.folder, 'own.log'), join(box.folder, 'out.log')];
  writeFileSync(own, 'last words\n');
  await box.succeed('stop', 'web');
  assert.equal(await box.succeed('logs', 'web'), 'last words\n');
  assert.equal((await box.daimon('status', 'web')).status, 3);
  assert.match((await box.daimon('start', '--name', 'web', '--log', 'x', './no')).stderr, /no/);
  assert.equal(
    await box.succeed('logs', 'web'),
    'last words\n',
    'a start that failed changes nothing',
  );

  writeFileSync(out, 'said\n');
  await box.succeed(
    'start',
    '--name',
    'web',
    '--stdout',
    out,
    '--stderr',
    own,
    'sleep',
    '--',
    '1000',
  );
  await box.succeed('stop', 'web');
  assert.match(await box.succeed('logs', 'web'), /out \| said\n.*err \| last words/s);
  await box.succeed('delete', 'web');
  assert.match((await box.daimon('logs', 'web')).stderr, /No daemon goes by "web"/);
  assert.match((await box.daimon('delete', 'web')).stderr, /"web" is not running/);

  await box.succeed('start', '--name', 'web', '--log', own, 'sleep', '--', '1000');
  await box.succeed('stop', 'web');
  await box.succeed('start', '--name', 'web', 'sleep', '--', '1000');
  writeFileSync(path, 'of the default log\n');
  await box.succeed('stop', 'web');
  assert.equal(await box.succeed('logs', 'web'), 'of the default log\n');
  assert.deepEqual(readdirSync(join(box.home, 'state')), []);
});

test('logs of a daemon that writes to no file says so', async (t) => {
  const box = new Sandbox(t);
  const silent = ['--stdout', 'null', '--stderr', 'null'];
  await box.succeed('start', '--name', 'mute', ...silent, 'sleep', '--', '1000');
  const ran = await box.daimon('logs', 'mute');
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /"mute" writes to no file \(stdout: null, stderr: null\).*--log FILE/);
});

test('logs tells two streams and several daemons apart', async (t) => {
  const [box, log] = await startQuiet(t);
  const [out, err] = [box.file('out', 'said\n'), box.file('err', 'complained\n')];
  await box.succeed(
    'start',
    '--name',
    'two',
    '--stdout',
    out,
    '--stderr',
    err,
    'sleep',
    '--',
    '1000',
  );
  writeFileSync(log, 'plain\n');
  assert.equal(await box.succeed('logs', 'two'), 'out | said\nerr | complained\n');
  assert.equal(await box.succeed('logs', '--stderr', 'two'), 'complained\n');
  assert.equal(
    await box.succeed('logs', 'two', 'web'),
    'two out | said\ntwo err | complained\nweb     | plain\n',
  );
});

test('logs --since goes by the times of the lines', async (t) => {
  const [box, log] = await startQuiet(t);
  const line = (minutesAgo: number) =>
    `${new Date(Date.now() - minutesAgo * 60_000).toISOString()} ${minutesAgo} minutes ago\n`;
  const recent = `${line(5)}    at trace\n`;
  writeFileSync(log, line(60) + recent);
  assert.equal(await box.succeed('logs', '--since', '10m', 'web'), recent);
  assert.equal(await box.succeed('logs', '--since', '1m', 'web'), '');
  writeFileSync(log, 'no time\n');
  const untimed = await box.daimon('logs', '--since', '1h', 'web');
  assert.deepEqual(
    [untimed.stdout, /do not tell their time/.test(untimed.stderr)],
    ['no time\n', true],
  );
});

test('logs -f goes on across rename, copytruncate, deletion and truncation', async (t) => {
  const [box, log] = await startQuiet(t);
  writeFileSync(log, 'before\n');
  const follower = new Follower(box, 'web');
  await follower.says('before\n');

  appendFileSync(log, 'half');
  appendFileSync(log, ' and whole ü\n');
  await follower.says('half and whole ü\n');

  renameSync(log, `${log}.1`);
  appendFileSync(`${log}.1`, 'late in the old\nbegun ');
  await follower.says('late in the old\n');
  appendFileSync(log, 'first in the new\n');
  await follower.says('first in the new\n');
  appendFileSync(`${log}.1`, 'and ended in the old\n');
  await follower.says('begun and ended in the old\n');

  copyFileSync(log, `${log}.2`);
  truncateSync(log, 0);
  await follower.says('was truncated');
  appendFileSync(log, 'cut\n');
  await follower.says('cut\n');

  rmSync(log);
  await follower.says('waiting for a new one');
  writeFileSync(log, 'made again\n');
  await follower.says('made again\n');

  follower.child.kill('SIGINT');
  assert.deepEqual(await follower.ended, [null, 'SIGINT']);
  assert.equal(follower.stdout.match(/first in the new/g)?.length, 1);
});

test('logs -f goes on when the folder is removed and made again, and behind a symbolic link', async (t) => {
  const box = new Sandbox(t);
  const folder = join(box.folder, 'deep');
  const log = join(folder, 'x.log');
  mkdirSync(folder);
  await box.succeed('start', '--name', 'deep', '--log', log, 'sleep', '--', '1000');
  const follower = new Follower(box, 'deep');
  appendFileSync(log, 'one\n');
  await follower.says('one\n');
  rmSync(folder, { recursive: true });
  await follower.says('waiting for a new one');
  mkdirSync(folder);
  const target = join(box.folder, 'target.log');
  writeFileSync(target, 'two\n');
  symlinkSync(target, log);
  await follower.says('two\n');
  appendFileSync(target, 'three\n');
  await follower.says('three\n');
  renameSync(target, `${target}.1`);
  writeFileSync(target, 'four\n');
  await follower.says('four\n');
});

test('logs -f loses no line of a writer that opens its log again late after each rotation', async (t) => {
  const [box, log] = await startQuiet(t);
  const follower = new Follower(box, 'web');
  let written = 0;
  const write = (path: string, count: number) => {
    const numbers = Array.from({ length: count }, () => ++written);
    appendFileSync(path, numbers.map((number) => `line ${number} end\n`).join(''));
  };
  await follower.says('');
  for (let round = 0; round < 20; round++) {
    write(log, 2000);
    renameSync(log, `${log}.${round}`);
    write(`${log}.${round}`, 30);
    write(log, 10);
    await follower.says(`line ${written} end\n`);
  }
  const seen = [...follower.stdout.matchAll(/line (\d+) end\n/g)].map((match) => Number(match[1]));
  assert.deepEqual(
    seen.slice(-30_000),
    Array.from({ length: 30_000 }, (_, i) => written - 29_999 + i),
  );
  follower.child.kill('SIGINT');
  await follower.ended;
});

test('logs -f says when the daemon ends and runs again; --until-end ends with it', async (t) => {
  const [box] = await startQuiet(t);
  const follower = new Follower(box, 'web');
  const until = new Follower(box, '--until-end', 'web');
  // Each holds the daemon once it is asleep; before, it would say that it is not running.
  for (const { child } of [follower, until]) {
    await eventually(
      'a pidfd',
      () => box.run(['ls', '-l', `/proc/${child.pid}/fd`]),
      ({ stdout }) => stdout.includes('[pidfd]'),
    );
  }
  await box.succeed('restart', 'web');
  assert.deepEqual(await until.ended, [0, null]);
  assert.match(until.stderr, /web \(pid \d+\) was ended by SIGTERM/);
  await follower.says('was started');
  assert.match(follower.stderr, /was ended by SIGTERM; waiting for it/);
});

test('logs ends at once and quietly when nobody reads any more', async (t) => {
  const [box, log] = await startQuiet(t);
  writeFileSync(log, 'line\n'.repeat(500_000));
  const cli = `'${process.execPath}' '${CLI}'`;
  const head = await box.run(['sh', '-c', `${cli} logs web | head -1`]);
  assert.deepEqual([head.stdout, head.stderr], ['line\n', '']);
  const followed = await box.run(['sh', '-c', `${cli} logs -f web | head -1`]);
  assert.deepEqual([followed.stdout, followed.stderr], ['line\n', '']);
});

test('logs escapes control characters on a terminal, and lets colours pass', async (t) => {
  const [box, log] = await startQuiet(t);
  writeFileSync(log, 'a\u001b[2Jb \u001b[31mred \u001b]0;title\u0007\n');
  const command = `'${process.execPath}' '${CLI}' logs web`;
  const shown = await box.run(['script', '-qec', command, '/dev/null'], {
    env: { ...box.environment, TERM: 'xterm' },
  });
  assert.equal(shown.stdout, 'a\\x1b[2Jb \u001b[31mred \\x1b]0;title\\x07\u001b[0m\r\n');
  const plain = await box.run(['script', '-qec', command, '/dev/null'], {
    env: { ...box.environment, TERM: 'xterm', NO_COLOR: '1' },
  });
  assert.equal(plain.stdout, 'a\\x1b[2Jb red \\x1b]0;title\\x07\r\n');
});
