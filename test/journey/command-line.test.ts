import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { CLI, isRunning, Sandbox } from '../helpers/sandbox.ts';

const LIVES = 'setInterval(() => {}, 1e6);';

/** What a person may type by mistake: the status, and what the answer says. */
const MISTAKES: readonly (readonly [typed: readonly string[], status: number, words: RegExp])[] = [
  [['strat', 'app.mjs'], 2, /no command "strat"\. Did you mean: daimon start\?/],
  [['ps'], 2, /no command "ps"\. /],
  [['lits'], 2, /Did you mean: daimon list\?/],
  [['app.mjs'], 2, /no command "app\.mjs"\. Did you mean: daimon start app\.mjs\?/],
  [['START', 'app.mjs'], 2, /no command "START"/],
  [['--json', 'list'], 2, /no command|option/],
  [[''], 2, /no command ""/],
  [['\u001b[2J'], 2, /no command "\\x1b\[2J"/],
  [['start', '--nmae', 'x', 'app.mjs'], 2, /no option --nmae\. Did you mean --name\?/],
  [['start', 'app.mjs', '--port', '80'], 2, /no option --port\..*come after "--"/],
  [['start', '-z', 'app.mjs'], 2, /no option -z/],
  [['start', 'app.mjs', '--name'], 2, /--name needs a value/],
  [['start', '--name', '--json', 'app.mjs'], 2, /--name needs a value/],
  [['start', '--name=', 'app.mjs'], 2, /"" is no name for a daemon|--name needs a value/],
  [['start', '--json=yes', 'app.mjs'], 2, /--json is a switch and takes no value/],
  [['start', '--name', '../up', 'app.mjs'], 2, /no name for a daemon/],
  [['start', '--name', 'a/b', 'app.mjs'], 2, /no name for a daemon/],
  [['start', '--name', 'größe', 'app.mjs'], 2, /no name for a daemon/],
  [['start', '--name', 'a b', 'app.mjs'], 2, /no name for a daemon/],
  [['start', '--name', '.', 'app.mjs'], 2, /no name for a daemon/],
  [['start', '--name', '-x', 'app.mjs'], 2, /no name for a daemon/],
  [['start', '--name', 'x'.repeat(101), 'app.mjs'], 2, /at most 100/],
  [['start', '--pid-file', '', 'app.mjs'], 2, /--pid-file needs a value/],
  [['start', '--cwd', '', 'app.mjs'], 2, /--cwd needs a value/],
  [['start', '--user', '', 'app.mjs'], 2, /--user needs a value/],
  [['start', '--log', '', 'app.mjs'], 2, /--log needs a value/],
  [['start', '--ready', '', 'app.mjs'], 2, /--ready needs a value/],
  [['start', ''], 2, /needs something to start|no such file|folder/],
  [['start', '.'], 2, /it is a folder; name the file to run/],
  [['start', '--'], 2, /needs something to start/],
  [['stop'], 2, /needs the name of a daemon; see: daimon list/],
  [['list', 'app'], 2, /for one: daimon status app/],
  [['stop', 'appp'], 1, /"appp" is not running.*Did you mean "app"\?/],
  [['stop', '--all', 'app'], 2, /--all and names do not go together/],
  [['stop', '--grace', 'soon', 'app'], 2, /--grace "soon" is no duration/],
  [['stop', '--signal', 'SIGTREM', 'app'], 2, /Did you mean SIGTERM\?/],
  [['signal', 'app'], 2, /daimon signal needs a signal and a name/],
  [['signal', 'app', 'HUP'], 2, /no signal "app".*first: daimon signal HUP app/],
  [['signal', '65', 'app'], 2, /no signal 65/],
  [['wait'], 2, /needs the name/],
  [['help', 'strat'], 2, /Did you mean: daimon start\?/],
];

describe('a mistake on the command line is told in one line that says the way on', () => {
  test('all of them', async (t) => {
    const box = new Sandbox(t);
    box.file('app.mjs', LIVES);
    await box.succeed('start', 'app.mjs');
    for (const [typed, status, words] of MISTAKES) {
      const ran = await box.daimon(...typed);
      const seen = `daimon ${typed.join(' ')}\n${ran.stdout}${ran.stderr}`;
      assert.equal(ran.status, status, seen);
      assert.match(ran.stderr, words, seen);
      assert.match(ran.stderr, /^daimon: [^\n]+\n$/, seen);
      assert.equal(ran.stdout, '', seen);
    }
    assert.equal(isRunning(box.pidOf('app')), true);
  });
});

test('options stand before or after the entry; what follows -- is for the program alone', async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', `console.log(JSON.stringify(process.argv.slice(2))); ${LIVES}`);
  await box.succeed(
    'start',
    '-n',
    'one',
    'app.mjs',
    'first',
    '--grace=1s',
    '--',
    '--name',
    '--',
    '-x',
    '',
    'ü\n',
  );
  assert.equal(box.logOf('one'), `${JSON.stringify(['first', '--name', '--', '-x', '', 'ü\n'])}\n`);
  assert.equal(
    JSON.parse(await box.succeed('start', '--json', '--name=two', 'app.mjs')).name,
    'two',
  );
  // The last of two wins; names may be given twice.
  await box.succeed('start', '--name', 'x', '--name', 'three', 'app.mjs');
  const said = await box.succeed('stop', 'three', 'one', 'two', 'one');
  assert.equal(said.match(/Stopped one/g)?.length, 1);
});

test('names: an entry of any spelling, its base name, its file name, its PID file', async (t) => {
  const box = new Sandbox(t);
  const longest = 'n'.repeat(100);
  box.file('my app.v2@x.mjs', LIVES);
  box.file('größe.mjs', LIVES);
  const unnamed = await box.daimon('start', 'größe.mjs');
  assert.equal(unnamed.status, 2);
  assert.match(unnamed.stderr, /"größe" is no name.*--name/);
  await box.succeed('start', 'größe.mjs', '--name', longest);
  await box.succeed('status', longest);
  await box.succeed('stop', longest);
  await box.succeed('start', 'my app.v2@x.mjs', '--name', 'my-app.v2@x');
  await box.succeed('stop', join(box.home, 'run', 'my-app.v2@x.pid'));
  box.file('app.mjs', LIVES);
  await box.succeed('start', './app.mjs');
  await box.succeed('status', 'app.mjs');
  await box.succeed('stop', 'app.mjs');
});

test('a program of the PATH goes before a file of that name that lies around; a path is a path', async (t) => {
  const box = new Sandbox(t);
  mkdirSync(join(box.folder, 'bin'));
  box.environment.PATH = `${join(box.folder, 'bin')}:${box.environment.PATH}`;
  box.file('bin/tool', '#!/bin/sh\necho from the path; exec sleep 1000\n', 0o755);
  box.file('tool', '#!/bin/sh\necho planted; exec sleep 1000\n', 0o755);
  await box.succeed('start', 'tool');
  assert.equal(box.logOf('tool'), 'from the path\n');
  await box.succeed('stop', 'tool');
  await box.succeed('start', './tool');
  assert.match(box.logOf('tool'), /planted/);
  await box.succeed('stop', 'tool');
  mkdirSync(join(box.folder, 'sleep'));
  await box.succeed('start', 'sleep', '1000');
  box.file('here', '#!/bin/sh\nexec sleep 1000\n', 0o755);
  await box.succeed('start', 'here');
});

test('--help and --version answer on stdout with 0, wherever --help stands', async (t) => {
  const box = new Sandbox(t);
  const { version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  );
  assert.equal(await box.succeed('--version'), `${version}\n`);
  for (const typed of [[], ['--help'], ['-h'], ['help']]) {
    assert.match(await box.succeed(...typed), /Usage: daimon <command>/);
  }
  for (const typed of [
    ['start', '--help'],
    ['help', 'start'],
    ['start', 'app.mjs', '-h'],
  ]) {
    const help = await box.succeed(...typed);
    assert.match(help, /Usage: daimon start \[options\] <entry>/);
    assert.match(help, /Examples:\n/);
  }
});

test('a reader that goes away does no harm, and a full disk for the output is told', async (t) => {
  const box = new Sandbox(t);
  const shell = (line: string) => box.run(['bash', '-c', line, process.execPath, CLI]);
  const { stdout, stderr } = await shell('"$0" "$1" --help | true; echo $PIPESTATUS');
  assert.match(stdout, /^[01]\n$/, stderr);
  assert.equal(stderr, '');
  const full = await shell('"$0" "$1" list > /dev/full');
  assert.equal(full.status, 1, 'nobody got the list');
  assert.match(full.stderr, /^daimon: .*no space left on device/i);
});

test('in a folder that was removed, all works but what needs the folder', async (t) => {
  const box = new Sandbox(t);
  const app = box.file('app.mjs', LIVES);
  await box.succeed('start', app);
  const inGone = (...typed: string[]) =>
    box.run([
      'sh',
      '-c',
      'mkdir gone; cd gone; rmdir ../gone; exec "$@"',
      'sh',
      process.execPath,
      CLI,
      ...typed,
    ]);
  assert.match((await inGone('list')).stdout, /app .*running/);
  const start = await inGone('start', '--name', 'other', app);
  assert.equal(start.status, 1);
  assert.match(start.stderr, /^daimon: This folder was removed.*cd\n$/);
  assert.equal((await inGone('restart', 'app')).status, 0);
  assert.equal((await inGone('stop', 'app')).status, 0);
});

test("a daemon goes by its entry's path too, and a file that is no PID file is none", async (t) => {
  const box = new Sandbox(t);
  const source = box.file('app.mjs', LIVES);
  box.file('other.mjs', LIVES);
  await box.succeed('start', './app.mjs');
  for (const typed of ['./app.mjs', source])
    assert.match(await box.succeed('status', typed), /^app is running/);
  for (const command of ['stop', 'delete', 'reload', 'wait']) {
    const ran = await box.daimon(command, './other.mjs');
    assert.equal(ran.status, 1, ran.stdout);
    assert.match(ran.stderr, /"\.\/other\.mjs" is not running: .*daimon list/);
  }
  assert.equal((await box.daimon('status', './other.mjs')).status, 3);
  const empty = await box.daimon('stop', box.file('empty.pid', ''));
  assert.equal(empty.status, 1, empty.stdout);
  assert.match(empty.stderr, /empty\.pid is a file, but holds no pid, so nothing was stopped/);
  const pid = box.pidOf('app');
  assert.match(await box.succeed('stop', './app.mjs'), /^Stopped app /);
  assert.equal(isRunning(pid), false);
  assert.equal(readFileSync(source, 'utf8'), LIVES);
});

test('a start that finds the name taken names the PID file that is locked, not the one it asked for', async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', LIVES);
  await box.succeed('start', 'app.mjs');
  const again = await box.daimon('start', '--pid-file', 'other.pid', 'app.mjs');
  assert.equal(again.status, 1);
  assert.ok(again.stderr.includes(`locked ${join(box.home, 'run', 'app.pid')})`), again.stderr);
});

test('of several daemons, one that is not there does not keep the others from being stopped', async (t) => {
  const box = new Sandbox(t);
  box.file('web.mjs', LIVES);
  box.file('db.mjs', LIVES);
  await box.succeed('start', 'web.mjs');
  await box.succeed('start', 'db.mjs');
  await box.succeed('stop', 'db');
  const pid = box.pidOf('web');
  const ran = await box.daimon('stop', 'db', 'web');
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /^daimon: "db" is not running: [^\n]+\n$/);
  assert.match(ran.stdout, /^Stopped web /);
  assert.equal(isRunning(pid), false);
});
