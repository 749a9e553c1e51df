import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { windowsNodePath } from '../../tools/node-cache.mjs';
import { eventually } from '../helpers/eventually.ts';
import { CLI } from '../helpers/sandbox.ts';
import { WINE_SKIP, WineBox, windowsPath } from '../helpers/wine.ts';

const ARGUMENTS = ['two words', 'Ünï 漢字 😀', 'quote"inside', 'ends in \\', '', '%PATH% & |'];

const PROGRAM = `
  console.log(JSON.stringify([process.cwd(), import.meta.filename, process.argv.slice(2)]));
  process.on('SIGHUP', () => console.log('reloaded'));
  process.on('SIGUSR2', () => console.log('usr2'));
  process.on('SIGTERM', () => process.exit(3));
  setInterval(() => {}, 60_000);
`;

test('Windows: every command, below %LOCALAPPDATA%, with Unicode and spaces in all paths', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  const local = 'C:\\test\\Jürgen 漢字 & co\\AppData\\Local';
  delete box.environment.DAIMON_HOME;
  // Set by a Windows program: Wine itself gives its first one root's.
  const setting = box.file(
    'set.cjs',
    `process.env.LOCALAPPDATA = ${JSON.stringify(local)};
     const words = [${JSON.stringify(windowsPath(CLI))}, ...process.argv.slice(2)];
     const { status } = require('node:child_process').spawnSync(process.execPath, words, { stdio: 'inherit' });
     process.exit(status);`,
  );
  box.command = [windowsNodePath(), windowsPath(setting)];
  const home = join(box.folder, 'Jürgen 漢字 & co', 'AppData', 'Local', 'daimon');
  const folder = join(box.folder, 'Grüße 漢字 & co');
  mkdirSync(folder);
  const script = box.file('Grüße 漢字 & co/mein server.mjs', PROGRAM);
  const log = join(home, 'logs', 'web.log');
  const logged = (pattern: RegExp) =>
    eventually(
      String(pattern),
      () => readFileSync(log, 'utf8'),
      (text) => pattern.test(text),
    );

  const started = await box.succeed(
    ...['start', '--name', 'web', '--cwd', windowsPath(folder), windowsPath(script), '--'],
    ...ARGUMENTS,
  );
  assert.ok(started.includes(`Log: ${local}\\daimon\\logs\\web.log`), started);
  const [cwd, file, args] = JSON.parse(readFileSync(log, 'utf8'));
  assert.deepEqual([cwd, file, args], [windowsPath(folder), windowsPath(script), ARGUMENTS]);
  const pid = Number(readFileSync(join(home, 'run', 'web.pid'), 'utf8'));

  const status = JSON.parse(await box.succeed('status', 'web', '--json'));
  assert.deepEqual(
    [status.pid, status.pidFile, status.logFile],
    [pid, `${local}\\daimon\\run\\web.pid`, `${local}\\daimon\\logs\\web.log`],
  );
  assert.equal(JSON.parse(await box.succeed('status', status.pidFile, '--json')).pid, pid);
  assert.match(await box.succeed('list'), new RegExp(`web +${pid} +running`));
  await box.succeed('check', 'web');
  await box.succeed('reload', 'web');
  await logged(/reloaded/);
  await box.succeed('signal', 'USR2', 'web');
  await logged(/usr2/);
  assert.match(await box.succeed('logs', 'web', '-n', '1'), /^usr2\r?\n$/);

  const rename = box.file('rename.cjs', `require('node:fs').renameSync(...process.argv.slice(2))`);
  const followed = box.file('followed.txt', '');
  // Through a pipe of Windows, as in: daimon logs -f web | findstr …
  const pipes = box.file(
    'pipes.cjs',
    `const follower = require('node:child_process').spawn(process.execPath, process.argv.slice(2), { stdio: ['ignore', 'pipe', 'inherit'] });
     follower.stdout.pipe(process.stdout)`,
  );
  const words = [
    windowsNodePath(),
    windowsPath(pipes),
    ...box.command.slice(1),
    'logs',
    '-f',
    'web',
  ];
  box.spawn(words, [followed, box.file('followed-errors.txt', '')]);
  const follows = (pattern: RegExp) =>
    eventually(
      `${pattern} in what logs -f shows`,
      () => box.read('followed.txt') + box.read('followed-errors.txt'),
      (text) => pattern.test(text),
    );
  await follows(/usr2/);
  const renamed = await box.node(rename, windowsPath(log), `${windowsPath(log)}.1`);
  assert.equal(renamed.status, 0, renamed.stderr);
  await box.succeed('signal', 'HUP', 'web');
  await follows(/usr2\s+reloaded/);
  await box.succeed('restart', 'web');
  assert.deepEqual(JSON.parse(readFileSync(log, 'utf8'))[2], ARGUMENTS);
  await follows(/usr2\s+reloaded\s+\[/);

  const waiting = box.daimon('wait', 'web');
  assert.match(await box.succeed('stop', 'web'), /^Stopped web/);
  // Who comes too late is told that it is not running.
  const { stdout, stderr } = await waiting;
  assert.match(stdout + stderr, /exited with code 3|is not running/);
  assert.equal((await box.daimon('status', 'web')).status, 3);

  const ran = await box.daimon(
    'run',
    '--',
    windowsPath(box.file('Ünï ñ/ends now.cjs', 'process.exitCode = 6')),
  );
  assert.equal(ran.status, 2, 'a name with a space');
  assert.match(ran.stderr, /is no name for a daemon.*--name/);
  assert.equal((await box.daimon('run', '--name', 'ends', 'Ünï ñ\\ends now.cjs')).status, 6);
  await box.succeed('start', '--name', 'dies', windowsPath(script));
  await box.kill(JSON.parse(await box.succeed('status', 'dies', '--json')).pid);
  await eventually(
    'its end',
    () => box.daimon('status', 'dies'),
    (seen) => seen.status === 1,
  );
  await box.succeed('delete', 'dies', '--logs');
  assert.equal(existsSync(join(home, 'logs', 'dies.log')), false);
  await box.succeed('start', '--name', 'one', windowsPath(script));
  await box.succeed('start', '--name', 'two', windowsPath(script));
  await box.succeed('stop', '--all');
  assert.equal(await box.succeed('list', '--json'), '[]\n');
});

test('Windows: umask and kept file descriptors are passed over, as check says', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  box.file('web.mjs', 'setInterval(() => {}, 60_000)');
  await box.succeed('start', '--umask', '077', '--keep-fd', '7', 'web.mjs');
  const audit = await box.succeed('check', 'web');
  assert.match(audit, /umask +--umask 077 was passed over: Windows has none/);
  assert.match(
    audit,
    /descriptors +--keep-fd 7 was passed over: Windows knows no file descriptors/,
  );
  await box.succeed('stop', 'web', '--grace', '200ms');
});

const CLASSES: [nice: string, priorityClass: string][] = [
  ['-20', '80'], // high
  ['-1', '8000'], // above normal
  ['0', '20'], // normal
  ['18', '4000'], // below normal
  ['19', '40'], // idle
];

test('Windows: nice values are priority classes', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  box.compile('windows/tells.c');
  for (const [nice, priorityClass] of CLASSES) {
    const name = `nice${nice}`;
    await box.succeed('start', '--name', name, '--nice', nice, 'tells.exe');
    await eventually(
      `the class of nice ${nice}`,
      () => box.logOf(name),
      (text) => new RegExp(`^priority ${priorityClass}\\s*$`, 'm').test(text),
    );
  }
  await box.succeed('stop', '--all', '--grace', '100ms');
});
