import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isErrno } from '../../src/errors.ts';
import { eventually } from '../helpers/eventually.ts';
import { cannotBeOrdinary } from '../helpers/ordinary-user.ts';
import { CLI, isRunning, Sandbox } from '../helpers/sandbox.ts';

interface Point {
  check: string;
  result: string;
  found: string;
  remedy: string | null;
}

const byName = (json: string) =>
  new Map((JSON.parse(json) as Point[]).map((point) => [point.check, point]));

test('check finds no fault in a daemon of daimon, by name, pid and PID file', async (t) => {
  const box = new Sandbox(t);
  await box.succeed('start', '--name', 'good', 'sleep', '--', '1000');
  const pid = box.pidOf('good');
  for (const target of ['good', String(pid), `${box.home}/run/good.pid`]) {
    const points = byName(await box.succeed('check', '--json', target));
    for (const { result, check, found } of points.values())
      assert.notEqual(result, 'fail', `${check}: ${found}`);
  }
  const points = byName(await box.succeed('check', '--json', 'good'));
  assert.match(points.get('stdout')?.found ?? '', /good\.log, appended to/);
  assert.equal(points.get('pid-file-lock')?.result, 'pass');
});

test('check names what is wrong with a job of a shell, and what to do', async (t) => {
  const box = new Sandbox(t);
  const script = 'umask 0; trap "" TERM; exec 7>leak; nohup sleep 1000 >out 2>&1 & echo $!; wait';
  const shell = box.spawn(['bash', '-c', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true, // a session of its own, as a shell has, whatever runs the tests
  });
  let said = '';
  shell.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  await eventually(
    'its pid',
    () => said,
    (text) => text.endsWith('\n'),
  );
  const pid = said.trim();
  t.after(() => process.kill(Number(pid), 'SIGKILL'));
  await eventually(
    'sleep',
    () => readlinkSync(`/proc/${pid}/exe`),
    (path) => /sleep$/.test(path),
  );
  const ran = await box.daimon('check', '--json', pid);
  assert.equal(ran.status, 1);
  const points = byName(ran.stdout);
  const results = Object.fromEntries([...points.values()].map((one) => [one.check, one.result]));
  const { session, parent, umask, fds, stdout } = results;
  assert.deepEqual(
    { session, parent, umask, fds, stdout, ignored: results['signals-ignored'] },
    {
      session: 'fail',
      parent: 'fail',
      umask: 'remark',
      fds: 'fail',
      stdout: 'remark',
      ignored: 'fail',
    },
  );
  assert.match(points.get('fds')?.found ?? '', /7 → .*\/leak, also held by bash/);
  const text = (await box.daimon('check', pid)).stdout;
  assert.match(text, /fail +session +it is in the session of/);
  assert.match(text, /> .*daimon start/);
});

test('check tells a session leader (setsid -f) from a daemon', async (t) => {
  const box = new Sandbox(t);
  await box.run(['setsid', '-f', 'sh', '-c', 'echo $$ >pid; exec sleep 1000 >/dev/null 2>&1'], {
    stdio: 'ignore',
  });
  const read = await eventually(
    'its pid',
    () => box.run(['cat', 'pid']),
    ({ stdout }) => stdout.endsWith('\n'),
  );
  const pid = read.stdout.trim();
  t.after(() => process.kill(Number(pid), 'SIGKILL'));
  const ran = await box.daimon('check', '--json', pid);
  assert.equal(ran.status, 1);
  assert.equal(byName(ran.stdout).get('session')?.result, 'fail');
  assert.equal(byName(ran.stdout).get('terminal')?.result, 'pass');
});

// systemd's place is taken by a shell of that name: what it is known by are its children's parent and their environment.
const AS_SYSTEMD = `
echo $$ >"$1/cgroup.procs"
setsid sh -c 'export SYSTEMD_EXEC_PID=$$
  setsid -f sh -c "echo \\$\\$ >left; exec sleep 1000"
  echo $$ >service; exec sleep 1000' &
setsid sh -c 'echo $$ >untold; exec sleep 1000' &
wait`;

test('check tells what systemd executed from what was left in the cgroup of its service', async (t) => {
  const group = makeCgroup(`daimon-test-${process.pid}.service`);
  if (group === null)
    return t.skip('needs leave to make a cgroup: root, and /sys/fs/cgroup writable');
  t.after(() => eventually('an empty cgroup', () => isEmptied(group), Boolean));
  const box = new Sandbox(t);
  symlinkSync('/bin/sh', join(box.folder, 'systemd'));
  box.spawn(['./systemd', '-c', AS_SYSTEMD, 'systemd', group], { stdio: 'ignore' });
  const expected = { service: 'pass', left: 'fail', untold: 'remark' };
  for (const [name, result] of Object.entries(expected)) {
    const pid = await eventually(
      `the pid of ${name}`,
      () => readIfThere(join(box.folder, name)),
      (text) => text.endsWith('\n'),
    );
    const ran = await box.daimon('check', '--json', pid.trim());
    const session = byName(ran.stdout).get('session');
    assert.equal(session?.result, result, `${name}: ${session?.found} ${ran.stderr}`);
  }
});

/** In the tree that systemd would use: of cgroup v1, hybrid or v2. null: not to be made here. */
function makeCgroup(name: string): string | null {
  for (const tree of ['systemd', 'unified', '']) {
    const folder = join('/sys/fs/cgroup', tree, name);
    try {
      mkdirSync(folder);
      if (existsSync(join(folder, 'cgroup.procs'))) return folder;
      rmdirSync(folder);
    } catch (error) {
      if (!isErrno(error, 'ENOENT', 'EACCES', 'EPERM', 'EROFS')) throw error;
    }
  }
  return null;
}

/** Kills whom the test has put into it, and removes it. */
function isEmptied(cgroup: string): boolean {
  try {
    for (const pid of readFileSync(join(cgroup, 'cgroup.procs'), 'utf8')
      .split('\n')
      .filter(Boolean))
      process.kill(Number(pid), 'SIGKILL');
    rmdirSync(cgroup);
    return true;
  } catch (error) {
    if (isErrno(error, 'EBUSY', 'ESRCH')) return false;
    throw error;
  }
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

test('check says per point what an unprivileged user may not see', {
  skip: cannotBeOrdinary,
}, async (t) => {
  const box = new Sandbox(t);
  await box.succeed('start', '--name', 'hidden', 'sleep', '--', '1000');
  const pid = String(box.pidOf('hidden'));
  const cli = [process.execPath, new URL('../../dist/cli.cjs', import.meta.url).pathname];
  const ran = await box.run(
    ['setpriv', '--reuid=65534', '--clear-groups', ...cli, 'check', '--json', pid],
    {
      env: { ...box.environment, DAIMON_HOME: '/nonexistent' },
      cwd: '/',
    },
  );
  const points = byName(ran.stdout);
  assert.equal(points.get('session')?.result, 'pass', ran.stderr);
  for (const hidden of ['fds', 'stdout', 'cwd', 'environment'])
    assert.match(points.get(hidden)?.found ?? '', /does not let you look/);
});

test('check goes on where the lock of a PID file in /run is not ours to open', {
  skip: cannotBeOrdinary,
}, async (t) => {
  const box = new Sandbox(t);
  const pidFile = `/run/daimon-test-${process.pid}.pid`;
  t.after(() => rmSync(`${pidFile}.lock`, { force: true }));
  await box.succeed('start', '--name', 'seen', '--pid-file', pidFile, 'sleep', '--', '1000');
  const pid = readFileSync(pidFile, 'utf8').trim();
  const asNobody = ['setpriv', '--reuid=65534', '--clear-groups', process.execPath, CLI];
  const environment = { ...box.environment, DAIMON_HOME: '/nonexistent' };
  const ran = await box.run([...asNobody, 'check', '--json', pid], { env: environment, cwd: '/' });
  assert.equal(byName(ran.stdout).get('pid-file-lock')?.result, 'pass', ran.stderr);
  await box.succeed('stop', 'seen');
  // Somebody else's, and open to all: no claim of daimon's, and to be reported on.
  const other = box.spawn(['sleep', '1000'], { stdio: 'ignore' });
  t.after(() => rmSync(pidFile, { force: true }));
  writeFileSync(pidFile, `${other.pid}\n`);
  writeFileSync(`${pidFile}.lock`, '');
  chmodSync(`${pidFile}.lock`, 0o666);
  const points = byName((await box.daimon('check', '--json', String(other.pid))).stdout);
  assert.equal(points.get('pid-file')?.result, 'pass');
  assert.equal(points.get('pid-file-lock')?.result, 'remark');
});

test('check shows no value of the environment', async (t) => {
  const box = new Sandbox(t);
  await box.succeed(
    'start',
    '--name',
    'keeper',
    '-e',
    'LD_LIBRARY_PATH=/s3cret',
    '-e',
    'TOKEN=s3cret',
    'sleep',
    '--',
    '1000',
  );
  const shown = (await box.daimon('check', 'keeper')).stdout;
  assert.match(shown, /LD_LIBRARY_PATH/);
  assert.doesNotMatch(shown + (await box.daimon('check', '--json', 'keeper')).stdout, /s3cret/);
});

test('check of what does not run says so', async (t) => {
  const box = new Sandbox(t);
  const nobody = await box.daimon('check', 'nobody');
  assert.deepEqual([nobody.status, /no daemon, pid or PID file/.test(nobody.stderr)], [1, true]);
  assert.equal((await box.daimon('check')).status, 2);
  await box.succeed('start', '--name', 'brief', 'sleep', '--', '1000');
  const pid = box.pidOf('brief');
  process.kill(pid, 'SIGKILL');
  await eventually(
    'its end',
    () => isRunning(pid),
    (runs) => !runs,
  );
  const ended = await box.daimon('check', 'brief');
  assert.match(ended.stderr, /"brief" is not running.*Start it with: daimon restart brief\n/);
  // A zombie is nobody to look at.
  assert.match((await box.daimon('check', String(pid))).stderr, /There is no process/);
});
