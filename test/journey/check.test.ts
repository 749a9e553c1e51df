import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { cannotBeOrdinary } from '../helpers/ordinary-user.ts';
import { Sandbox } from '../helpers/sandbox.ts';

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
});
