import assert from 'node:assert/strict';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ATTACKER, FOR_ATTACKER, type Scene, scene } from '../helpers/attacker.ts';
import { eventually } from '../helpers/eventually.ts';
import { CLI, isRunning } from '../helpers/sandbox.ts';

const skip = process.getuid?.() !== 0 && 'needs root, to make the attacker';
const SECRET = 's3cret-of-root';

/** A file that only root can read. */
function secretIn({ closed }: Scene, content = `${SECRET}\n`): string {
  const path = join(closed, 'secret');
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

describe('a link in the middle of a path that the attacker controls', { skip }, () => {
  test('does not lead a command for one daemon to another', async (t) => {
    const { box, theirs, attack } = scene(t);
    await box.succeed('start', '--name', 'db', 'sleep', '1000');
    const pid = box.pidOf('db');
    await attack('ln -s "$1" way', join(box.home, 'run'));
    const through = join(theirs, 'way', 'db.pid');
    for (const command of [['stop'], ['signal', 'KILL'], ['reload', '--force'], ['delete', '-f']]) {
      const ran = await box.daimon(...command, through);
      assert.notEqual(ran.status, 0, command.join(' '));
      assert.match(ran.stderr, /Refused the folder .*another user \(uid 54321\) owns/);
    }
    assert.equal((await box.daimon('status', through)).status, 4);
    assert.equal(isRunning(pid), true);
  });

  test('does not make the records of one home those of another', async (t) => {
    const { box, theirs, attack } = scene(t);
    await box.succeed('start', '--name', 'db', 'sleep', '1000');
    const pid = box.pidOf('db');
    await attack('ln -s "$1" state', join(box.home, 'state'));
    const env = { ...box.environment, DAIMON_HOME: theirs };
    const cli = (...words: string[]) => box.run([process.execPath, CLI, ...words], { env });
    for (const words of [['stop', 'db'], ['list'], ['stop', '--all'], ['delete', '-f', 'db']]) {
      const ran = await cli(...words);
      assert.notEqual(ran.status, 0, words.join(' '));
      assert.match(ran.stderr, /Refused the folder/, words.join(' '));
    }
    const started = await cli('start', '--name', 'web', 'sleep', '1000');
    assert.match(started.stderr, /Refused the folder/);
    assert.deepEqual(readdirSync(theirs), ['state'], 'root has made folders there');
    assert.equal(isRunning(pid), true);
  });

  test('does not take a PID file that is to be made elsewhere, though nothing is there yet', async (t) => {
    const { box, theirs } = scene(t);
    const pidFile = join(theirs, 'not-yet', 'web.pid');
    const ran = await box.daimon('start', '--name', 'web', '--pid-file', pidFile, 'sleep', '9');
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, /Refused the folder/);
  });

  test('does not let root make folders, or remove logs, where it leads', async (t) => {
    const { box, theirs, closed, attack } = scene(t);
    await attack('ln -s "$1" way', closed);
    const far = join(theirs, 'way', 'made', 'app.log');
    await box.daimon('start', '--name', 'web', '--log', far, ...FOR_ATTACKER, 'sleep', '1000');
    assert.deepEqual(readdirSync(closed), []);

    await attack('mkdir logs');
    const log = join(theirs, 'logs', 'app.log');
    await box.succeed(
      'start',
      '--name',
      'app',
      '--log',
      log,
      ...FOR_ATTACKER,
      '/bin/sleep',
      '1000',
    );
    await attack('mv logs old && ln -s "$1" logs', closed);
    writeFileSync(join(closed, 'app.log'), 'of root\n');
    const ran = await box.daimon('delete', '--force', '--logs', 'app');
    assert.match(ran.stderr, /Deleted "app", but not its log/);
    assert.equal(readFileSync(join(closed, 'app.log'), 'utf8'), 'of root\n');
  });
});

describe("root's own rights do not reach", { skip }, () => {
  test("standard input: it is opened as the daemon's user", async (t) => {
    const made = scene(t);
    const { box, theirs, attack } = made;
    await attack('ln -s "$1" input && echo mine > own', secretIn(made));
    const start = (input: string) =>
      box.daimon(
        'start',
        '--name',
        'cat',
        '--cwd',
        '/',
        ...FOR_ATTACKER,
        '--stdin',
        join(theirs, input),
        'cat',
      );
    const refused = await start('input');
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /standard input could not be opened.*permission denied/);
    await start('own');
    await eventually(
      'its input',
      () => box.logOf('cat'),
      (text) => text === 'mine\n',
    );
  });

  test("an --env-file that is a link: it is read as the daemon's user", async (t) => {
    const made = scene(t);
    const { box, theirs, attack } = made;
    await attack(
      'ln -s "$1" linked.env; echo COLOUR=green > own.env',
      secretIn(made, `TOKEN=${SECRET}\n`),
    );
    const start = (file: string, ...more: string[]) =>
      box.daimon(
        '--',
        'start',
        '--name',
        'env',
        '--cwd',
        '/',
        ...more,
        '--env-file',
        join(theirs, file),
        '--',
        'sh',
        '-c',
        'env; exec sleep 1000',
      );
    const refused = await start('linked.env', ...FOR_ATTACKER);
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /Cannot read the environment file .*as uid 54321/);
    const own = await start('own.env', ...FOR_ATTACKER);
    assert.equal(own.status, 0, own.stderr);
    await eventually(
      'its variable',
      () => box.logOf('env'),
      (text) => text.includes('COLOUR=green'),
    );
    assert.doesNotMatch(box.logOf('env'), new RegExp(SECRET));
  });

  test('the last words of a daemon that swapped its log for a link', async (t) => {
    const made = scene(t);
    const { box, theirs } = made;
    const log = join(theirs, 'app.log');
    const swap = `rm ${log}; ln -s ${secretIn(made)} ${log}; exit 3`;
    const ran = await box.daimon(
      'start',
      '--name',
      'liar',
      '--cwd',
      '/',
      '--log',
      log,
      ...FOR_ATTACKER,
      '--',
      'sh',
      '-c',
      swap,
    );
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, /exited with code 3/);
    assert.doesNotMatch(ran.stderr, new RegExp(SECRET));
    assert.equal(lstatSync(log).isSymbolicLink(), true);
  });
});

describe("a log where the daemon's group, or everybody, may write", { skip }, () => {
  const start = ({ box }: Scene, log: string, ...more: string[]) =>
    box.daimon(
      'start',
      '--name',
      'web',
      '--cwd',
      '/',
      '--log',
      log,
      ...more,
      '--',
      'sh',
      '-c',
      'echo word; exec sleep 1000',
    );

  test("a link in a folder of root's that the group may write to leads nowhere", async (t) => {
    const made = scene(t);
    const shared = join(made.box.folder, 'shared');
    mkdirSync(shared);
    chownSync(shared, 0, ATTACKER);
    chmodSync(shared, 0o775);
    const secret = secretIn(made);
    await made.attack('ln -s "$1" "$2"', secret, join(shared, 'web.log'));
    const ran = await start(made, join(shared, 'web.log'), ...FOR_ATTACKER);
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, /permission denied/);
    assert.equal(readFileSync(secret, 'utf8'), `${SECRET}\n`);
    const pidFile = await made.box.daimon(
      'start',
      ...FOR_ATTACKER,
      '--pid-file',
      join(shared, 'x.pid'),
      'sleep',
      '9',
    );
    assert.match(pidFile.stderr, /Refused the folder .*the group 54321 may write/);
  });

  test("a link of root's own to where the attacker rules is opened as the attacker", async (t) => {
    const made = scene(t);
    const { box, theirs, attack } = made;
    const secret = secretIn(made);
    await attack('ln -s "$1" real.log', secret);
    const link = join(box.folder, 'current.log');
    symlinkSync(join(theirs, 'real.log'), link);
    assert.match((await start(made, link)).stderr, /Refused the log/);
    assert.match((await start(made, link, ...FOR_ATTACKER)).stderr, /permission denied/);
    assert.equal(readFileSync(secret, 'utf8'), `${SECRET}\n`);
  });

  const LAID: readonly [string, (path: string, secret: string) => void][] = [
    ['a symbolic link', (path, secret) => symlinkSync(secret, path)],
    ['a hard link', (path, secret) => linkSync(secret, path)],
    [
      'a file of another user, who would read along',
      (path) => {
        writeFileSync(path, '', { mode: 0o666 });
        chownSync(path, ATTACKER, ATTACKER);
      },
    ],
  ];
  for (const [what, lay] of LAID) {
    test(`${what} in a folder like /tmp is refused`, async (t) => {
      const made = scene(t);
      const tmp = join(made.box.folder, 'tmp');
      mkdirSync(tmp);
      chmodSync(tmp, 0o1777);
      const [secret, log] = [secretIn(made), join(tmp, 'web.log')];
      lay(log, secret);
      const ran = await start(made, log);
      assert.equal(ran.status, 1);
      assert.match(
        ran.stderr,
        /Others may write to its folder, and what is there is a link or belongs/,
      );
      assert.equal(readFileSync(secret, 'utf8'), `${SECRET}\n`);
      rmSync(log);
      assert.equal((await start(made, log)).status, 0);
      assert.equal(statSync(log).mode & 0o777, 0o640);
      await made.box.succeed('restart', 'web'); // its own file
    });
  }

  test('a FIFO and a device there hang nobody, and get nothing', async (t) => {
    const made = scene(t);
    const tmp = join(made.box.folder, 'tmp');
    mkdirSync(tmp);
    chmodSync(tmp, 0o1777);
    await made.attack('mkfifo "$1"', join(tmp, 'fifo'));
    await made.box.run(['mknod', join(tmp, 'device'), 'c', '1', '7']);
    chownSync(join(tmp, 'device'), ATTACKER, ATTACKER);
    for (const name of ['fifo', 'device']) {
      const ran = await start(made, join(tmp, name));
      assert.equal(ran.status, 1, name);
      assert.match(ran.stderr, /could not be opened/);
    }
  });
});

test('a bare word means a file of this folder only where nobody else could have laid it', {
  skip,
}, async (t) => {
  const { box, theirs, attack } = scene(t);
  await attack(`printf '#!/bin/sh\\ntouch %s/ran' "$1" > sevrer && chmod 755 sevrer`, theirs);
  const at = (cwd: string, entry: string) =>
    box.run([process.execPath, CLI, 'start', entry], { cwd });
  const ran = await at(theirs, 'sevrer');
  assert.equal(ran.status, 1);
  assert.match(
    ran.stderr,
    /There is a sevrer in this folder, but another user .* write: .*\.\/sevrer/,
  );
  assert.equal(existsSync(join(theirs, 'ran')), false);
  await at(theirs, './sevrer');
  assert.equal(existsSync(join(theirs, 'ran')), true);
});
