import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compileDarwinBackend } from '../helpers/darwin-on-linux.ts';
import { eventually } from '../helpers/eventually.ts';
import { Program, until } from '../helpers/program.ts';
import { CLI, isRunning, type Ran, Sandbox } from '../helpers/sandbox.ts';

// The backend of macOS, its C and its TypeScript, with stand-ins for the calls of macOS alone: see
// test/fixtures/darwin-on-linux. So our part of it is run, by the real command, with real processes.
const AS_DARWIN = fileURLToPath(
  new URL('../fixtures/darwin-on-linux/as-darwin.cjs', import.meta.url),
);
const LIBRARY = fileURLToPath(new URL('../../dist/index.js', import.meta.url));

const skip = process.platform === 'linux' ? false : 'stand-ins for Linux';

class DarwinBox extends Sandbox {
  constructor(t: TestContext) {
    super(t);
    this.environment.NODE_OPTIONS = `--require ${AS_DARWIN}`;
  }

  script(name: string, lines: readonly string[]): string {
    return this.file(
      name,
      `import * as daimon from ${JSON.stringify(LIBRARY)};\n${lines.join('\n')}\n`,
    );
  }

  /** A command that goes on for a while. */
  program(...words: readonly string[]): Program {
    const options = { env: this.environment, cwd: this.folder };
    return new Program(process.execPath, ['--', CLI, ...words], options);
  }

  async status(name: string): Promise<{ state: string; exitCode: number | null; pid: number }> {
    return JSON.parse((await this.daimon('status', '--json', name)).stdout);
  }
}

function openFilesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).map((fd) => {
    try {
      return readlinkSync(join(folder, fd));
    } catch {
      return ''; // closed meanwhile
    }
  });
}

function assertDone(ran: Ran): void {
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
}

/** A script that names two processes of its own: both are gone once it is stopped. */
async function stopsBoth(box: DarwinBox, script: string): Promise<void> {
  await box.succeed('start', '--ready', 'exec', 'sh', '--', script);
  const log = await eventually(
    'two pids',
    async () => box.logOf('sh'),
    (text) => text.split('\n').length > 2,
  );
  await box.succeed('stop', 'sh');
  for (const pid of log.trim().split('\n')) assert.equal(isRunning(Number(pid)), false, pid);
}

describe('the backend of macOS over stand-ins', { skip }, () => {
  before(compileDarwinBackend);

  it('starts a Node daemon, shows it, and tells how it ended when it is stopped', async (t) => {
    const box = new DarwinBox(t);
    const server = box.file(
      'server.mjs',
      "setInterval(() => {}, 1000); process.on('SIGTERM', () => { console.log('bye'); process.exit(3); });",
    );
    await box.succeed('start', server);
    const { state, pid } = await box.status('server');
    assert.equal(state, 'running');
    assert.match(await box.succeed('stop', 'server'), new RegExp(`pid ${pid}`));
    assert.equal(isRunning(pid), false);
    assert.match(box.logOf('server'), /bye/);
  });

  it('knows the exit code of what ended before it was ready, and leaves nothing', async (t) => {
    const box = new DarwinBox(t);
    const { status, stderr } = await box.daimon('start', 'sh', '--', '-c', 'echo why >&2; exit 7');
    assert.equal(status, 1);
    assert.match(stderr, /exited with code 7/);
    assert.match(stderr, /why/);
    assert.deepEqual(readdirSync(join(box.home, 'run')), []);
  });

  it('makes one daemon of many starts at once', async (t) => {
    const box = new DarwinBox(t);
    const starts = Array.from({ length: 6 }, () => box.daimon('start', 'sleep', '--', '1000'));
    const ran = await Promise.all(starts);
    assert.deepEqual(
      ran.map(({ status }) => status).sort(),
      [0, 1, 1, 1, 1, 1],
      ran.map(({ stderr }) => stderr).join(''),
    );
  });

  it('is not deceived by a kill -9, nor by what is left of it', async (t) => {
    const box = new DarwinBox(t);
    await box.succeed('start', 'sleep', '--', '1000');
    process.kill(box.pidOf('sleep'), 'SIGKILL');
    await eventually(
      'its death',
      () => box.status('sleep'),
      ({ state }) => state === 'dead',
    );
    await box.succeed('start', 'sleep', '--', '1000');
  });

  it('stops the tree in the session of a daemon, also who lost the parents and left the group', async (t) => {
    const box = new DarwinBox(t);
    const lines = ['set -m', '(sleep 1000 & echo $!)', 'sleep 1000 & echo $!', 'wait'];
    const script = box.file('tree.sh', lines.join('\n'), 0o755);
    await stopsBoth(box, script);
  });

  it('stops who left the session of a daemon by setsid(2), also once those who forked them are gone', async (t) => {
    const box = new DarwinBox(t);
    const away = box.file('away.sh', 'echo $$\nsleep 1000 &\necho $!\nwait\n');
    const script = box.file('leaves.sh', `setsid sh ${away} &\nwait\n`);
    await stopsBoth(box, script);
  });

  it('waits for the end of a daemon, and tells it', async (t) => {
    const box = new DarwinBox(t);
    await box.succeed('start', 'sleep', '--', '1000');
    await using waiting = box.program('wait', 'sleep');
    await eventually(
      'its being watched',
      () => openFilesOf(waiting.pid),
      (files) => files.includes('anon_inode:[pidfd]'), // the stand-in of EVFILT_PROC
    );
    process.kill(box.pidOf('sleep'), 'SIGKILL');
    await waiting.end();
    assert.match(waiting.output, /SIGKILL/);
  });

  it('carries the arguments of daemonize(), and lets signals through to it', async (t) => {
    const box = new DarwinBox(t);
    const script = box.script('becomes.mjs', [
      "const [map] = await daimon.daemonize('it.pid', [new Map([['a', 1n]])], { stdout: 'out', stderr: 'out' });",
      'console.log(map, new daimon.PidFile("it.pid") !== null);',
      'const stop = daimon.gracefulShutdown();',
      "stop.defer(() => console.log('deferred'), { phase: 'close' });",
      'setInterval(() => {}, 1000);',
    ]);
    assertDone(await box.run([process.execPath, script]));
    const out = join(box.folder, 'out');
    await eventually(
      'its arguments',
      async () => (existsSync(out) ? readFileSync(out, 'utf8') : ''),
      (text) => text.includes("Map(1) { 'a' => 1n }"),
    );
    const pidFile = join(box.folder, 'it.pid');
    const send = `console.log(await daimon.send(${JSON.stringify(pidFile)}, 'SIGTERM'))`;
    const sent = await box.run([process.execPath, box.script('send.mjs', [send])]);
    assert.match(sent.stdout, /kind: 'delivered'/, sent.stderr);
    await eventually(
      'its last word',
      async () => readFileSync(out, 'utf8'),
      (text) => text.includes('deferred'),
    );
  });

  it('takes its descendants along when it is ended by force, though their parent goes first', async (t) => {
    const box = new DarwinBox(t);
    const script = box.script('blocked.mjs', [
      "import { execSync } from 'node:child_process';",
      'daimon.gracefulShutdown({ graceMs: 300 });',
      "setTimeout(() => execSync('sh -c \\'sleep 1000 & echo pid $!; echo pid $$; wait\\'', { stdio: 'inherit' }));",
    ]);
    await using blocked = new Program(process.execPath, [script], {
      env: box.environment,
      cwd: box.folder,
    });
    const [, ...pids] = await blocked.says(/pid (\d+)\npid (\d+)\n/);
    blocked.signal('SIGTERM');
    assert.equal(await blocked.end(), 143, blocked.errors);
    for (const pid of pids) await until(`${pid} is gone`, () => !isRunning(Number(pid)));
  });

  it('hears READY=1 at a socket file, and removes it', async (t) => {
    const box = new DarwinBox(t);
    const script = box.file(
      'notifies.py',
      [
        'import os, socket, time',
        's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)',
        "print(os.environ['NOTIFY_SOCKET'], flush=True)",
        "s.sendto(b'READY=1', os.environ['NOTIFY_SOCKET'])",
        'time.sleep(1000)',
      ].join('\n'),
    );
    await box.succeed('start', '--ready', 'notify', '--name', 'py', 'python3', '--', script);
    const [address = ''] = box.logOf('py').split('\n');
    assert.match(address, /^\/tmp\/daimon-[0-9a-f]{32}$/);
    assert.equal(existsSync(address), false);
  });

  it('runs in the foreground: passes signals on and ends as its program does', async (t) => {
    const box = new DarwinBox(t);
    const words = [
      'run',
      'sh',
      '-c',
      'trap "echo usr1" USR1; echo up; while :; do sleep 0.05; done',
    ];
    await using running = box.program(...words);
    await running.says(/up/);
    running.signal('SIGUSR1');
    await running.says(/usr1/);
    running.signal('SIGTERM');
    assert.equal(await running.end(), 143, running.errors);
  });

  it('runs as another user, with its groups, and the first of them twice', async (t) => {
    if (process.getuid?.() !== 0) return t.skip('only root can give its ids away');
    const box = new DarwinBox(t);
    await box.succeed('start', '--user', 'nobody', '--ready', 'exec', 'sleep', '--', '1000');
    const status = readFileSync(`/proc/${box.pidOf('sleep')}/status`, 'utf8');
    const [, uid, gid] = /Uid:\t(\d+)\t\1\t\1[\s\S]*Gid:\t(\d+)\t\2\t\2/.exec(status) ?? [];
    assert.notEqual(uid, '0', status);
    assert.match(status, new RegExp(`Groups:\\t${gid} ${gid}`));
    await box.succeed('stop', 'sleep');
  });

  it('says that check is for Linux, and refuses what macOS lacks', async (t) => {
    const box = new DarwinBox(t);
    await box.succeed('start', 'sleep', '--', '1000');
    const check = await box.daimon('check', 'sleep');
    assert.match(check.stderr, /\/proc of Linux/);
    const oom = await box.daimon('start', '--oom-score-adj', '5', 'true');
    assert.match(oom.stderr, /--oom-score-adj: is of Linux/);
  });
});
