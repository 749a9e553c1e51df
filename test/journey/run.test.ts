import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { inForeground } from '../helpers/program.ts';
import { CLI, isRunning, Sandbox } from '../helpers/sandbox.ts';

const NOTHING = { run: [], state: [] };

/** What is left in the folders of PID files and records. */
function remains(box: Sandbox) {
  const [run, state] = ['run', 'state'].map((name) => readdirSync(join(box.home, name)));
  return { run, state };
}

for (const { script, status } of [
  { script: 'exit 0', status: 0 },
  { script: 'exit 7', status: 7 },
  { script: 'kill -KILL $$', status: 137 },
  { script: 'kill $$', status: 143 },
]) {
  test(`run of a shell that does "${script}" ends with ${status}, and says nothing`, async (t) => {
    const box = new Sandbox(t);
    const ran = await box.daimon('run', '--', 'sh', '-c', script);
    assert.deepEqual(ran, { status, signal: null, stdout: '', stderr: '' });
    assert.deepEqual(remains(box), NOTHING);
  });
}

test('run pipes its streams through, in blocking mode and to the end', async (t) => {
  const box = new Sandbox(t);
  const input = 'line\n'.repeat(100_000);
  const script = 'cat; grep flags /proc/self/fdinfo/1 >&2';
  const ran = await box.run([process.execPath, CLI, 'run', 'sh', '-c', script], { input });
  assert.equal(ran.status, 0);
  assert.equal(ran.stdout, input);
  assert.equal(Number.parseInt(ran.stderr.replace(/\D+/, ''), 8) & 0o4000, 0, ran.stderr);
});

test('run works where 0, 1 and 2 are closed', async (t) => {
  const box = new Sandbox(t);
  const inside = "readlink /proc/self/fd/0 /proc/self/fd/1 /proc/self/fd/2 > out; exit 7'";
  const line = `${process.execPath} ${CLI} run sh -c '${inside} <&- >&- 2>&-`;
  assert.equal((await box.run(['sh', '-c', line])).status, 7);
  const [stdin, , stderr] = readFileSync(join(box.folder, 'out'), 'utf8').split('\n');
  assert.deepEqual([stdin, stderr], ['/dev/null', '/dev/null']);
});

test('run works for a user in thousands of groups', {
  skip: process.getuid?.() !== 0 && 'needs root to be in them',
}, async (t) => {
  const box = new Sandbox(t);
  const groups = Array.from({ length: 5000 }, (_, index) => 100_000 + index).join(',');
  const run = [process.execPath, CLI, 'run', '--', 'sh', '-c', 'exit 7'];
  const ran = await box.run(['setpriv', '--groups', groups, ...run]);
  assert.deepEqual(ran, { status: 7, signal: null, stdout: '', stderr: '' });
});

test('run takes what follows the entry for the program, with and without "--"', async (t) => {
  const box = new Sandbox(t);
  for (const args of [
    ['--name', 'a', 'printf', '%s|', '--name', '-x', '--', 'b'],
    ['--name', 'a', '--', 'printf', '%s|', '--name', '-x', '--', 'b'],
    ['--name', 'a', 'printf', '--', '%s|', '--name', '-x', '--', 'b'],
  ])
    assert.equal((await box.daimon('run', ...args)).stdout, '--name|-x|--|b|');
});

test('status, restart and stop of another terminal reach what runs in the foreground', async (t) => {
  const box = new Sandbox(t);
  await using running = inForeground(
    box,
    '--name',
    'web',
    'sh',
    '-c',
    'echo up; sleep 1000 & wait',
  );
  await running.says(/up/);
  await eventually(
    'its being ready',
    async () => JSON.parse((await box.daimon('status', '--json', 'web')).stdout),
    ({ state, ready }) => state === 'running' && ready,
  );
  const pid = box.pidOf('web');
  assert.equal(readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')[3], String(running.pid));
  const second = await box.daimon('run', '--name', 'web', 'true');
  assert.equal(second.status, 1);
  assert.match(second.stderr, new RegExp(`already running \\(pid ${pid}`));
  const restarted = await box.daimon('restart', 'web');
  assert.equal(restarted.status, 1);
  assert.match(restarted.stderr, /foreground/);
  await box.succeed('stop', 'web');
  assert.equal(await running.end(), 143);
  assert.equal(running.errors, '');
  assert.deepEqual(remains(box), NOTHING);
});

test('run asks what is left of the tree when its child ends, then kills it', async (t) => {
  const box = new Sandbox(t);
  const polite =
    "(trap 'echo asked > asked; exit' TERM; echo polite; while :; do sleep 0.05; done) &";
  const stubborn =
    'setsid sh -c \'trap "" TERM; echo stubborn $$; while :; do sleep 0.05; done\' &';
  const script = `${polite} ${stubborn} while [ ! -e go ]; do sleep 0.05; done; exit 3`;
  await using running = inForeground(box, '--grace', '300ms', 'sh', '-c', script);
  await running.says(/polite/);
  const stubbornPid = Number((await running.says(/stubborn (\d+)/))[1]);
  box.file('go', '');
  assert.equal(await running.end(), 3);
  assert.equal(readFileSync(join(box.folder, 'asked'), 'utf8'), 'asked\n');
  assert.equal(isRunning(stubbornPid), false);
  assert.match(running.errors, new RegExp(`^daimon: had to kill .* \\(pid ${stubbornPid}\\)`, 'm'));
  assert.deepEqual(remains(box), NOTHING);
});

test('a signal to run while it waits for the rest ends the grace', async (t) => {
  const box = new Sandbox(t);
  const stubborn = 'sh -c \'trap "" TERM; echo stubborn; while :; do sleep 0.05; done\' &';
  const script = `${stubborn} while [ ! -e go ]; do sleep 0.05; done; echo over; exit 3`;
  await using running = inForeground(box, '--grace', '1h', 'sh', '-c', script);
  await running.says(/stubborn/);
  box.file('go', '');
  const child = box.pidOf('sh');
  await eventually(
    'the child is reaped', // before that, the signal is forwarded like any other
    () => existsSync(`/proc/${child}`),
    (exists) => !exists,
  );
  running.signal('SIGTERM');
  assert.equal(await running.end(), 3);
});

test('run --ready tells what never gets ready, and ends it', async (t) => {
  const box = new Sandbox(t);
  const script = 'echo $$; exec sleep 1000';
  const ran = await box.daimon(
    'run',
    '--ready',
    'fd:3',
    '--ready-timeout',
    '0.2s',
    'sh',
    '-c',
    script,
  );
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /^daimon: .*it was not ready after \d+ ms/);
  assert.equal(isRunning(Number(ran.stdout)), false);
  assert.deepEqual(remains(box), NOTHING);
});

for (const { code, status } of [
  { code: 3, status: 3 },
  { code: 0, status: 1 },
]) {
  test(`run --ready of what exits ${code} before it is ready ends with ${status}`, async (t) => {
    const box = new Sandbox(t);
    const ran = await box.daimon('run', '--ready', 'fd:3', 'sh', '-c', `exit ${code}`);
    assert.equal(ran.status, status);
    assert.match(ran.stderr, new RegExp(`exited with code ${code} before it was ready`));
  });
}

test('run follows MAINPID to another process of the tree', async (t) => {
  const box = new Sandbox(t);
  const file = box.file(
    'forks.py',
    `import os, signal, socket, sys, time
def tell(text):
    address = os.environ['NOTIFY_SOCKET'].replace('@', chr(0), 1)
    socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(text.encode(), address)
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGUSR1, lambda *_: os._exit(9))
    tell('MAINPID=%d\\nREADY=1' % os.getpid())
    print('up', os.getpid(), flush=True)
    while True: signal.pause()
signal.pause()
`,
  );
  await using running = inForeground(box, '--ready', 'notify', 'python3', file);
  const main = Number((await running.says(/up (\d+)/))[1]);
  await eventually(
    'its being ready',
    async () => JSON.parse((await box.daimon('status', '--json', 'python3')).stdout),
    ({ ready }) => ready,
  );
  running.signal('SIGUSR1');
  assert.equal(await running.end(), 9);
  assert.equal(isRunning(main), false);
});

test('the socket of a Type=notify unit is the child’s, unless run was told how the child is ready', async (t) => {
  const box = new Sandbox(t);
  const listener = box.file(
    'listens.py',
    `import os, socket, subprocess, sys
if os.path.exists('socket'): os.unlink('socket')
inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
inbox.bind('socket')
inbox.settimeout(20)
environment = dict(os.environ, NOTIFY_SOCKET=os.path.abspath('socket'), WATCHDOG_PID='1', WATCHDOG_USEC='9')
child = subprocess.Popen(sys.argv[1:], env=environment, stdin=subprocess.PIPE)
print(inbox.recv(100).decode() if 'fd:3' in sys.argv else '-', flush=True)
child.stdin.close()
child.wait()
`,
  );
  const show = 'env | grep -E "^(NOTIFY_SOCKET|WATCHDOG_)" | sort; echo >&3; cat';
  const under = (...options: string[]) =>
    box.run(['python3', listener, process.execPath, CLI, 'run', ...options, 'sh', '-c', show]);
  const told = await under('--ready', 'fd:3');
  assert.equal(told.stdout, 'READY=1\n', told.stderr);
  const passed = await under();
  assert.deepEqual(passed.stdout.trim().split('\n').sort(), [
    '-',
    `NOTIFY_SOCKET=${join(box.folder, 'socket')}`,
    'WATCHDOG_USEC=9',
  ]);
});

test('run minds its child alone where the socket of its init is none for messages', async (t) => {
  const box = new Sandbox(t);
  const NOTIFY_SOCKET = join(box.folder, 'stream');
  const server = createServer().listen(NOTIFY_SOCKET);
  await once(server, 'listening');
  t.after(() => server.close());
  const command = [process.execPath, CLI, 'run', '--ready', 'exec', 'sh', '-c', 'exit 7'];
  const ran = await box.run(command, { env: { ...box.environment, NOTIFY_SOCKET } });
  assert.deepEqual(ran, { status: 7, signal: null, stdout: '', stderr: '' });
});
