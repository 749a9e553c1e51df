import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ATTACKER, FOR_ATTACKER, scene } from '../helpers/attacker.ts';
import { eventually } from '../helpers/eventually.ts';
import { statusOf } from '../helpers/proc.ts';
import { CLI, Sandbox } from '../helpers/sandbox.ts';

const isRoot = process.getuid?.() === 0;
const SECRET = 's3cret-of-the-caller';

test('no program of the PATH, and no shell, is run on the way of any command', async (t) => {
  const box = new Sandbox(t);
  const planted = join(box.folder, 'bin');
  mkdirSync(planted);
  for (const name of ['sh', 'bash', 'node', 'ps', 'kill', 'id', 'env', 'getent', 'tail', 'mkdir'])
    writeFileSync(join(planted, name), `#!/bin/sh\n/usr/bin/touch ${box.folder}/ran-${name}\n`, {
      mode: 0o755,
    });
  const traps = { BASH_ENV: join(planted, 'sh'), ENV: join(planted, 'sh'), IFS: '/', CDPATH: '/' };
  const env = { ...box.environment, ...traps, PATH: planted, SHELL: join(planted, 'sh') };
  const daimon = (...words: string[]) => box.run([process.execPath, CLI, ...words], { env });
  for (const words of [
    ['start', '--name', 'web', '/bin/sleep', '1000'],
    ['status', 'web'],
    ['list'],
    ['check', 'web'],
    ['logs', 'web'],
    ['signal', 'CONT', 'web'],
    ['restart', 'web'],
    ['reload', '--force', '--signal', 'CONT', 'web'],
    ['stop', 'web'],
  ]) {
    const ran = await daimon(...words);
    assert.notEqual(ran.status, 2, `${words.join(' ')}: ${ran.stderr}`);
  }
  assert.deepEqual(
    readdirSync(box.folder).filter((name) => name.startsWith('ran-')),
    [],
  );
});

test("the messengers of the caller's own service manager are not handed to the daemon", async (t) => {
  const box = new Sandbox(t);
  const theirs = {
    NOTIFY_SOCKET: '/run/of/another',
    WATCHDOG_USEC: '1000',
    WATCHDOG_PID: '1',
    LISTEN_FDS: '3',
    LISTEN_PID: '1',
    NODE_CHANNEL_FD: '9',
  };
  const env = { ...box.environment, ...theirs };
  const start = ['start', '--name', 'env', '--', 'sh', '-c', 'env; exec sleep 1000'];
  const ran = await box.run([process.execPath, CLI, ...start], { env });
  assert.equal(ran.status, 0, ran.stderr);
  await eventually(
    'its words',
    () => box.logOf('env'),
    (text) => text.includes('PATH='),
  );
  assert.doesNotMatch(box.logOf('env'), /^(NOTIFY|WATCHDOG|LISTEN|NODE_CHANNEL)_/m);
});

test('the inherited environment is in no file, and files are closed to others, whatever the umask', async (t) => {
  const box = new Sandbox(t);
  const env = { ...box.environment, TOKEN: SECRET };
  const run = (...words: string[]) =>
    box.run(['sh', '-c', 'umask 0; exec "$@"', 'sh', process.execPath, CLI, ...words], { env });
  const started = await run('start', '--name', 'web', '--env', 'TOKEN', 'sleep', '1000');
  assert.equal(started.status, 0, started.stderr);
  await run('restart', 'web');
  assert.match(readFileSync(`/proc/${box.pidOf('web')}/environ`, 'utf8'), new RegExp(SECRET));
  for (const folder of ['run', 'state', 'logs']) {
    assert.equal(statSync(join(box.home, folder)).mode & 0o777, 0o700, folder);
    for (const name of readdirSync(join(box.home, folder))) {
      const path = join(box.home, folder, name);
      assert.doesNotMatch(readFileSync(path, 'utf8'), new RegExp(SECRET), path);
    }
  }
  assert.equal(statSync(join(box.home, 'state/web.json')).mode & 0o777, 0o600);
  assert.equal(statSync(join(box.home, 'logs/web.log')).mode & 0o777, 0o640);
  assert.equal(statSync(join(box.home, 'run/web.pid')).mode & 0o777, 0o644);
});

test('a set-user-ID program gives its rights to no daemon under --no-new-privs, also after the user was changed', {
  skip: !isRoot && 'needs root, to make such a program',
}, async (t) => {
  const { box, closed } = scene(t);
  await box.run(['cp', '/usr/bin/id', join(closed, 'setuid-id')]);
  chmodSync(closed, 0o755);
  chmodSync(join(closed, 'setuid-id'), 0o4755);
  const script = `${closed}/setuid-id -u; exec sleep 1000`;
  const start = (name: string, ...more: string[]) =>
    box.succeed(
      'start',
      '--name',
      name,
      '--cwd',
      '/',
      ...FOR_ATTACKER,
      ...more,
      '--',
      'sh',
      '-c',
      script,
    );
  await start('with');
  await start('without', '--no-new-privs');
  await eventually(
    'its word',
    () => box.logOf('with'),
    (text) => text === '0\n',
  );
  await eventually(
    'its word',
    () => box.logOf('without'),
    (text) => text === `${ATTACKER}\n`,
  );
  const status = statusOf(box.pidOf('without'));
  assert.equal(status.NoNewPrivs, '1');
  assert.equal(status.Groups?.trim(), String(ATTACKER));
});
