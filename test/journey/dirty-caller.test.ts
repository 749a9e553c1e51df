import assert from 'node:assert/strict';
import { chownSync, mkdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { cannotBeOrdinary } from '../helpers/ordinary-user.ts';
import {
  commandOf,
  environmentOf,
  fdsOf,
  limitOf,
  signalsIn,
  statField,
  statusOf,
} from '../helpers/proc.ts';
import { CLI, FIXTURES, isRunning, Sandbox } from '../helpers/sandbox.ts';

const isRoot = process.getuid?.() === 0;
const DIRTY = ['/usr/bin/python3', join(FIXTURES, 'dirty-caller.py'), process.execPath, CLI];
const [SIGPIPE, SIGXFSZ] = [13, 25];
/** Node's own: INT and TERM reset the terminal, USR1 wakes the inspector, SEGV traps WebAssembly. */
const NODE_CATCHES = [2, 10, 11, 15];

/** What must hold of any daemon, however dirty its caller was. */
function assertWellBehaved(box: Sandbox, pid: number, ignored: number[], caught: number[] = []) {
  const status = statusOf(pid);
  const parent = Number(status.PPid);
  assert.ok(parent === 1 || parent !== process.pid, `parent ${parent}`);
  assert.equal(statField(pid, 7), '0', 'no controlling terminal');
  const sid = Number(statField(pid, 6));
  assert.notEqual(sid, pid, 'no session leader');
  assert.equal(isRunning(sid), false, 'the session leader is gone');
  assert.equal(Number(statField(pid, 5)), sid, 'in the group of the session that ended');
  assert.deepEqual(signalsIn(status.SigBlk), [], 'blocks nothing');
  assert.deepEqual(signalsIn(status.SigIgn), ignored, 'ignores nothing it did not choose');
  assert.deepEqual(
    signalsIn(status.SigCgt).filter((signal) => !caught.includes(signal) && signal < 32),
    [],
  );
  assert.deepEqual(limitOf(pid, 'Max core file size'), ['0', '0']);
  assert.equal(status.Umask, '0022');
  assert.deepEqual(
    environmentOf(pid).filter((entry) => /daimon/i.test(entry)),
    box.environment.DAIMON_HOME === undefined ? [] : [`DAIMON_HOME=${box.home}`],
  );
}

const log = (box: Sandbox, name: string) => join(box.home, 'logs', `${name}.log`);
const lock = (box: Sandbox, name: string) => join(box.home, 'run', `${name}.pid.lock`);

test('a C daemon of a dirty caller is clean', async (t) => {
  const box = new Sandbox(t);
  const ran = await box.run([...DIRTY, 'start', '--name', 'clean', 'sleep', '1000']);
  assert.equal(ran.status, 0, ran.stderr);
  const pid = box.pidOf('clean');
  assert.deepEqual(commandOf(pid), [commandOf(pid)[0], '1000']);
  assertWellBehaved(box, pid, []);
  assert.deepEqual(fdsOf(pid), {
    0: '/dev/null',
    1: log(box, 'clean'),
    2: log(box, 'clean'),
    10: lock(box, 'clean'),
  });
  const flags = (fd: number) =>
    /flags:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))?.[1];
  for (const fd of [1, 2])
    assert.equal(
      Number.parseInt(flags(fd) ?? '0', 8) & 0o6001,
      0o2001,
      'O_WRONLY|O_APPEND, not O_NONBLOCK',
    );
  assert.equal(readlinkSync(`/proc/${pid}/cwd`), box.folder);
  assert.equal(readlinkSync(`/proc/${pid}/root`), '/');
});

test('a Node daemon of a dirty caller is clean', async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', 'setInterval(() => {}, 1e6)');
  const ran = await box.run([...DIRTY, 'start', 'app.mjs']);
  assert.equal(ran.status, 0, ran.stderr);
  const pid = box.pidOf('app');
  assertWellBehaved(box, pid, [SIGPIPE, SIGXFSZ], NODE_CATCHES);
  const fds = fdsOf(pid);
  const foreign = Object.entries(fds).filter(
    ([number, what]) =>
      Number(number) > 2 && !/^anon_inode|^pipe:/.test(what) && what !== '/dev/null',
  );
  assert.deepEqual(foreign, [['10', lock(box, 'app')]]);
  assert.equal(fds[200], undefined);
  assert.ok(!Object.values(fds).some((what) => /memfd|ptmx|pts/.test(what)), JSON.stringify(fds));
});

test('--user: all four ids and the groups are exact, and no capability is left', {
  skip: !isRoot && 'needs root',
}, async (t) => {
  const box = new Sandbox(t);
  mkdirSync(join(box.folder, 'work'));
  const ran = await box.run([
    ...DIRTY,
    'start',
    '--name',
    'dropped',
    '--user',
    'nobody',
    '--cwd',
    '/',
    '--umask',
    '027',
    '--nice',
    '5',
    '--oom-score-adj',
    '300',
    '--no-new-privs',
    '--limit',
    'nofile=64:128',
    '--limit',
    'core=1M:2M',
    '--',
    'sleep',
    '1000',
  ]);
  assert.equal(ran.status, 0, ran.stderr);
  const pid = box.pidOf('dropped');
  const status = statusOf(pid);
  assert.equal(status.Uid, '65534\t65534\t65534\t65534');
  assert.equal(status.Gid, '65534\t65534\t65534\t65534');
  assert.equal(status.Groups, '65534');
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
    assert.match(status[set] ?? '', /^0+$/, set);
  assert.equal(status.NoNewPrivs, '1');
  assert.equal(status.Umask, '0027');
  assert.equal(statField(pid, 19), '5');
  assert.equal(readFileSync(`/proc/${pid}/oom_score_adj`, 'latin1').trim(), '300');
  assert.deepEqual(limitOf(pid, 'Max open files'), ['64', '128']);
  assert.deepEqual(limitOf(pid, 'Max core file size'), ['1048576', '2097152']);
  assert.equal(readlinkSync(`/proc/${pid}/cwd`), '/');
  const variables = environmentOf(pid);
  for (const entry of [
    'USER=nobody',
    'LOGNAME=nobody',
    'HOME=/nonexistent',
    'SHELL=/usr/sbin/nologin',
  ])
    assert.ok(variables.includes(entry), entry);
  assert.equal(statSync(log(box, 'dropped')).uid, 65534);
});

for (const [kind, entry] of [
  ['C', 'sleep'],
  ['Node', 'app.mjs'],
] as const) {
  test(`kept fds stay at their numbers in a ${kind} daemon, private ones make way`, async (t) => {
    const box = new Sandbox(t);
    box.file('app.mjs', 'setInterval(() => {}, 1e6)');
    const kept = [7, ...Array.from({ length: 70 }, (_, index) => index + 10), 200];
    const ran = await box.run(
      [
        ...DIRTY,
        'start',
        '--name',
        'kept',
        ...kept.flatMap((fd) => ['--keep-fd', String(fd)]),
        '--ready-timeout',
        '5s',
        '--',
        entry,
        '1000',
      ],
      { env: { ...box.environment, EXTRA_FDS: kept.join(',') } },
    );
    const fds = fdsOf(box.pidOf('kept'));
    assert.equal(ran.status, 0, ran.stderr);
    for (const fd of kept) assert.equal(fds[fd], '/dev/null', `fd ${fd}`);
    assert.ok(Object.values(fds).includes(lock(box, 'kept')));
    if (kind === 'C') assert.equal(Object.keys(fds).length, kept.length + 4);
  });
}

test('few fds are allowed, and the highest is kept', async (t) => {
  const box = new Sandbox(t);
  const script = `ulimit -n 40; exec "$@" 39</dev/zero`;
  const ran = await box.run([
    'bash',
    '-c',
    script,
    'bash',
    process.execPath,
    CLI,
    'start',
    '--name',
    'few',
    '--keep-fd',
    '39',
    '--limit',
    'nofile=8',
    '--ready',
    'exec',
    '--',
    'sleep',
    '1000',
  ]);
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(fdsOf(box.pidOf('few'))[39] ?? '', /zero/);
});

test('nobody counts up to the fd limit: a launch makes few system calls', async (t) => {
  const box = new Sandbox(t);
  const trace = join(box.folder, 'trace');
  const ran = await box.run([
    '/usr/bin/python3',
    join(FIXTURES, 'dirty-caller.py'),
    'strace',
    '-f',
    '-qq',
    '-o',
    trace,
    '-e',
    'trace=close,close_range,dup,dup2,dup3,fcntl',
    process.execPath,
    CLI,
    'start',
    '--name',
    'traced',
    '--ready',
    'exec',
    'true',
  ]);
  assert.equal(ran.status, 0);
  const calls = readFileSync(trace, 'latin1').split('\n').length;
  assert.ok(calls < 400, `${calls} calls that open or close fds`);
});

test('daemons live though their terminal dies the moment start returns', async (t) => {
  const box = new Sandbox(t);
  const count = 50;
  const ran = await box.run([
    '/usr/bin/python3',
    join(FIXTURES, 'dying-terminals.py'),
    String(count),
    process.execPath,
    CLI,
    'start',
    '--name',
    'd%',
    '--ready',
    'exec',
    'sleep',
    '1000',
  ]);
  assert.equal(ran.status, 0, ran.stderr);
  const alive = Array.from({ length: count }, (_, index) => box.pidOf(`d${index}`)).filter(
    isRunning,
  );
  assert.equal(alive.length, count);
});

test('x=$(daimon start …) returns: the daemon holds no pipe of its caller', async (t) => {
  const box = new Sandbox(t);
  const ran = await box.run([
    'sh',
    '-c',
    `x=$("$0" "$1" start --name sub sleep 1000 2>&1); echo "$x" | cat`,
    process.execPath,
    CLI,
  ]);
  assert.match(ran.stdout, /^Started sub/);
  const other = await box.run([
    'sh',
    '-c',
    `"$0" "$1" start --name piped sleep 1000 | cat; exit`,
    process.execPath,
    CLI,
  ]);
  assert.match(other.stdout, /^Started piped/);
});

test('a daemon of an ordinary user is as clean', { skip: cannotBeOrdinary }, async (t) => {
  const box = new Sandbox(t);
  chownSync(box.folder, 65534, 65534);
  const ran = await box.run([
    'setpriv',
    '--reuid=65534',
    '--regid=65534',
    '--clear-groups',
    ...DIRTY,
    'start',
    '--name',
    'mine',
    'sleep',
    '1000',
  ]);
  assert.equal(ran.status, 0, ran.stderr);
  const pid = box.pidOf('mine');
  assertWellBehaved(box, pid, []);
  assert.equal(statusOf(pid).Uid, '65534\t65534\t65534\t65534');
});
