import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { WINE_SKIP, WineBox, windowsPath } from '../helpers/wine.ts';

const SERVER = `
  import http from 'node:http';
  http.createServer((_, response) => response.end('hello from ' + process.pid))
    .listen(0, '127.0.0.1', function () { console.log('port ' + this.address().port) });
`;

async function fetchText(port: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text));
    }).on('error', reject);
  });
}

test('Windows: a Node server is started, looked at, restarted, stopped', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  box.file('server.mjs', SERVER);
  const told = await box.succeed('start', '--ready', 'listening', 'server.mjs');
  assert.match(told, /^Started server \(pid \d+\), ready in /);
  const pid = box.pidOf('server');
  const [, port = ''] = /port (\d+)/.exec(box.logOf('server')) ?? [];
  assert.equal(await fetchText(port), `hello from ${pid}`);

  const status = JSON.parse(await box.succeed('status', 'server', '--json'));
  assert.equal(status.pid, pid);
  assert.equal(status.state, 'running');
  assert.ok(status.memoryBytes > 1_000_000, String(status.memoryBytes));
  assert.deepEqual(
    JSON.parse(await box.succeed('list', '--json')).map(({ name }: { name: string }) => name),
    ['server'],
  );
  assert.match(await box.succeed('logs', 'server'), /port \d+/);

  const audit = JSON.parse((await box.daimon('check', 'server', '--json')).stdout);
  assert.deepEqual(
    audit.filter(({ result }: { result: string }) => result === 'fail'),
    [],
  );

  const again = await box.daimon('start', 'server.mjs');
  assert.equal(again.status, 1);
  assert.match(again.stderr, new RegExp(`already running \\(pid ${pid}`));

  await box.succeed('restart', 'server', '--grace', '2s');
  const next = JSON.parse(await box.succeed('status', 'server', '--json'));
  assert.notEqual(next.startedAt, status.startedAt); // a pid may be given again at once
  assert.equal((await box.programs()).length, 1);

  await box.succeed('stop', 'server', '--grace', '2s');
  assert.deepEqual(await box.programs(), []);
  assert.deepEqual(readdirSync(join(box.home, 'run')), []);
  assert.deepEqual(
    readdirSync(join(box.home, 'state')).filter((name) => name.endsWith('.json')),
    [],
  );
  assert.equal((await box.daimon('status', 'server')).status, 3);
});

const ARGUMENTS = [
  'plain',
  'two words',
  '',
  'quote"inside',
  'ends in \\',
  'two \\\\ "and \\" more',
  '\\\\server\\share\\',
  'tab\there',
  '%PATH% ^& | < > !',
  'Ünï 漢字 😀',
];

test('Windows: a program gets its arguments, its folder and its streams, whatever they are called', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  const folder = join(box.folder, 'Grüße 漢字 & co');
  mkdirSync(folder);
  renameSync(box.compile('windows/tells.c', 'tells.exe'), join(folder, 'my program.exe'));
  const program = windowsPath(join(folder, 'my program.exe'));
  await box.succeed(
    ...['start', '--name', 'tells', '--cwd', windowsPath(folder), '--nice', '10', program, '--'],
    ...ARGUMENTS,
  );
  const lines = await eventually(
    'its last line',
    () => box.logOf('tells').trim().split(/\r?\n/),
    (seen) => seen.includes('to stderr'),
  );
  assert.deepEqual(
    lines.filter((line) => line.startsWith('argument')),
    ARGUMENTS.map((argument) => `argument ${argument}`),
  );
  assert.ok(lines.includes(`folder ${windowsPath(folder)}`), lines.join('\n'));
  assert.ok(lines.includes('stdin is empty'));
  assert.ok(lines.includes('window none'));
  assert.ok(lines.includes('priority 4000'), lines.join('\n'));
  await box.succeed('stop', 'tells', '--grace', '100ms');
});

test('Windows: a program found on the PATH, and a batch file', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  box.file(
    'says it.cmd',
    '@echo off\r\necho first %1\r\necho second %~2\r\nping -n 60 127.0.0.1 >nul\r\n',
  );
  await box.succeed('start', '--name', 'batch', 'says it.cmd', '--', 'a & b', 'c d');
  await eventually(
    'what the batch file says',
    () => box.logOf('batch'),
    (text) => text.includes('first "a & b"') && text.includes('second c d'),
  );
  await box.succeed('stop', 'batch', '--grace', '100ms');
  const refused = await box.daimon('start', '--name', 'batch', 'says it.cmd', '--', '%PATH%');
  assert.equal(refused.status, 2, refused.stderr);
  assert.match(
    refused.stderr,
    /it is a batch file, and cmd\.exe would take "%PATH%" for more than text/,
  );
  await box.succeed('start', 'ping', '--', '-n', '60', '127.0.0.1');
  await box.succeed('stop', 'ping', '--grace', '100ms');
});

test('Windows: the environment of a daemon', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  box.file('env.mjs', 'console.log(JSON.stringify(process.env)); setTimeout(() => {}, 60_000)');
  box.environment.Caller_s = 'here';
  await box.succeed('start', '--env', 'CALLER_S=there', '--env', 'SIZE=ü ö 漢', 'env.mjs');
  const inherited = JSON.parse(box.logOf('env'));
  assert.deepEqual(
    Object.entries(inherited).filter(([key]) => /caller_s/i.test(key)),
    [['CALLER_S', 'there']],
  );
  assert.equal(inherited.SIZE, 'ü ö 漢');
  assert.deepEqual(
    Object.keys(inherited).filter((key) => /^NODE_CHANNEL|^DAIMON_(?!HOME)/.test(key)),
    [],
  );
  await box.succeed('stop', 'env', '--grace', '100ms');

  await box.succeed('start', '--name', 'clear', '--clear-env', 'env.mjs');
  const cleared = JSON.parse(box.logOf('clear'));
  assert.equal(cleared.Caller_s, undefined);
  assert.ok(cleared.SystemRoot, JSON.stringify(cleared));
  await box.succeed('stop', 'clear', '--grace', '100ms');
});

test('Windows: a start that fails says why, and leaves nothing', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  box.file('throws.mjs', "console.error('about to'); throw new Error('no database')");
  box.file('exits.mjs', 'process.exit(7)');
  box.file('never.mjs', 'setTimeout(() => {}, 60_000)');
  box.file('no-program.exe', 'text');
  box.file('script.sh', '#!/bin/sh\n');
  const table: [string[], number, RegExp][] = [
    [['nothing.mjs'], 1, /there is no such file/],
    [['nothing'], 1, /there is no such file here or on the PATH/],
    [['throws.mjs'], 1, /exited with code 1 before it was ready[\s\S]*no database/],
    [['exits.mjs'], 1, /exited with code 7/],
    [['no-program.exe'], 1, /could not be executed.*CreateProcess: ERROR_/],
    [['script.sh'], 1, /could not be executed.*CreateProcess: ERROR_/],
    [
      ['--cwd', 'missing', 'never.mjs'],
      1,
      /the working directory could not be changed to .*missing.*ERROR_/,
    ],
    [['--log', 'missing\\folder\\<>', 'never.mjs'], 1, /missing.*(ERROR_\w+|ENOENT)/],
    [['--ready', 'listening', '--ready-timeout', '500ms', 'never.mjs'], 1, /was not ready after/],
    [['--chroot', 'C:\\', 'never.mjs'], 2, /--chroot: Windows has no root to change/],
    [['--user', 'somebody', 'never.mjs'], 2, /--user: Windows changes users at a logon only/],
    [['--group', 'somebody', 'never.mjs'], 2, /--group: Windows changes users at a logon only/],
    [['--limit', 'nofile=64', 'never.mjs'], 2, /--limit nofile=64: Windows has no resource limits/],
    [['--name', 'NUL.x', 'never.mjs'], 2, /on Windows that is a device\. Choose another name/],
    [['--name', 'web:1', 'never.mjs'], 2, /no file on Windows has a ":" in its name/],
    [['--oom-score-adj', '5', 'never.mjs'], 2, /--oom-score-adj: Windows does not end processes/],
    [['--no-new-privs', 'never.mjs'], 2, /--no-new-privs: Windows has no set-user-id programs/],
    [['--ready', 'notify', 'never.mjs'], 2, /Windows has no sd_notify/],
    [['--stdin', 'missing.txt', 'never.mjs'], 1, /missing\.txt.*stdin: ERROR_FILE_NOT_FOUND/],
    [['--pid-file', 'nowhere\\x.pid', 'never.mjs'], 1, /nowhere.*(ERROR_PATH_NOT_FOUND|ENOENT)/],
  ];
  for (const [words, status, message] of table) {
    const ran = await box.daimon('start', '--name', 'fails', ...words);
    assert.equal(ran.status, status, `${words}: ${ran.stderr}`);
    assert.match(ran.stderr, message, String(words));
    assert.doesNotMatch(ran.stderr, /bug in daimon/);
    for (const folder of ['run', 'state'].map((name) => join(box.home, name))) {
      const left = existsSync(folder) ? readdirSync(folder) : [];
      assert.deepEqual(
        left.filter((name) => name !== '.lock'),
        [],
        `${words} left ${left}`,
      );
    }
  }
  assert.deepEqual(await box.programs(), []);
});

test('Windows: how a daemon ended is told to whoever waits', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  box.file(
    'ends.mjs',
    "import { existsSync } from 'node:fs'; setInterval(() => existsSync('end') && process.exit(9), 20)",
  );
  await eventually(
    'a waiter that is there before the end',
    async () => {
      rmSync(join(box.folder, 'end'), { force: true });
      await box.succeed('start', 'ends.mjs');
      const waiter = box.daimon('wait', 'ends');
      while ((await box.programs()).length < 2);
      box.file('end', '');
      return await waiter;
    },
    ({ stdout, stderr }) => {
      assert.match(stdout + stderr, /exited with code 9|is not running/);
      return stdout.includes('exited with code 9');
    },
  );
  const dead = await box.daimon('status', 'ends');
  assert.equal(dead.status, 1, dead.stdout);
  await box.succeed('delete', 'ends', '--logs');
  assert.equal((await box.daimon('status', 'ends')).status, 3);
  assert.equal(existsSync(join(box.home, 'logs', 'ends.log')), false);
});

test('Windows: logs are appended to, and one that was there stays', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  const log = box.file('the log.txt', 'before\n');
  box.file('writes.mjs', "console.log('out'); console.error('err'); setTimeout(() => {}, 60_000)");
  await box.succeed('start', '--log', 'the log.txt', 'writes.mjs');
  await box.succeed('restart', 'writes', '--grace', '100ms');
  assert.equal(readFileSync(log, 'utf8'), 'before\nout\nerr\nout\nerr\n');
  await box.succeed('stop', 'writes', '--grace', '100ms');
});
