import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { DaemonContext } from '../../src/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { Program } from '../helpers/program.ts';
import { FIXTURES, isRunning, Sandbox } from '../helpers/sandbox.ts';

const TELLS = join(FIXTURES, 'context-tells.mjs');
const SERVES = join(FIXTURES, 'context-serves.mjs');
const SIGNALS = join(FIXTURES, 'context-signals.mjs');
const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;
const NOBODY = 65534;

interface Told {
  before: { isSetup: boolean; isOpen: boolean };
  pid: number;
  ppid: number;
  isOpen: boolean;
  isSetup: boolean;
  cwd: string;
  umask: number;
  uid: number;
  gid: number;
  groups: number[];
  root: string[];
  core: string[] | null;
}

/** Opens the context of the fixture with these options, and reads what the daemon tells. */
async function open(box: Sandbox, options: object): Promise<Told> {
  const out = join(box.folder, 'out.json');
  const ran = await box.run([process.execPath, TELLS, out, JSON.stringify(options)]);
  assert.equal(ran.status, 0, ran.stderr);
  const text = await eventually(
    'what the daemon tells',
    () => readFileSync(out, 'utf8'),
    (seen) => seen.endsWith('}'),
  );
  return JSON.parse(text) as Told;
}

async function answerOf(port: number): Promise<string> {
  try {
    const signal = AbortSignal.timeout(1000);
    return await (await fetch(`http://127.0.0.1:${port}`, { signal })).text();
  } catch (error) {
    return String(error);
  }
}

describe('DaemonContext', () => {
  it('has the defaults of PEP 3143', async (t) => {
    const box = new Sandbox(t);
    const seen = await open(box, {});
    assert.deepEqual(seen.before, { isSetup: false, isOpen: false });
    assert.deepEqual([seen.isOpen, seen.isSetup, seen.cwd, seen.umask], [true, false, '/', 0]);
    assert.deepEqual(seen.core, ['0', '0']);
    const stat = readFileSync(`/proc/${seen.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    assert.notEqual(Number(stat[3]), seen.pid, 'it leads a session');
    const [daemon] = JSON.parse(await box.succeed('list', '--json'));
    assert.equal(daemon.pid, seen.pid);
    await box.succeed('stop', daemon.name);
    assert.equal(isRunning(seen.pid), false);
    assert.deepEqual(JSON.parse(await box.succeed('list', '--json')), []);
  });

  it('takes working directory, umask, PID file, streams', async (t) => {
    const box = new Sandbox(t);
    const log = join(box.folder, 'log');
    const seen = await open(box, {
      workingDirectory: '/tmp',
      umask: '027',
      pidfile: 'own.pid',
      stdout: 'log',
      stderr: log,
    });
    assert.deepEqual([seen.cwd, seen.umask], ['/tmp', 0o027]);
    assert.equal(readFileSync(join(box.folder, 'own.pid'), 'utf8'), `${seen.pid}\n`);
    await eventually(
      'its output',
      () => readFileSync(log, 'utf8'),
      (text) => /to stdout\nto stderr/.test(text),
    );
    await box.succeed('stop', 'own');
  });

  it('changes root, user and group for good, after all that needs root is open', {
    skip: process.getuid?.() !== 0 && 'needs root',
  }, async (t) => {
    const box = new Sandbox(t);
    const root = join(box.folder, 'root');
    mkdirSync(join(root, 'inside'), { recursive: true });
    chmodSync(box.folder, 0o755);
    const pidfile = join(box.folder, 'gaol.pid');
    const seen = await open(box, {
      chrootDirectory: root,
      workingDirectory: '/inside',
      uid: 'nobody',
      umask: 0o077,
      pidfile,
      stdout: join(box.folder, 'log'),
      stderr: join(box.folder, 'log'),
    });
    assert.deepEqual(seen.root, ['inside']);
    assert.deepEqual(
      [seen.cwd, seen.umask, seen.uid, seen.gid],
      ['/inside', 0o077, NOBODY, NOBODY],
    );
    assert.deepEqual(seen.groups, [NOBODY]);
    const status = readFileSync(`/proc/${seen.pid}/status`, 'utf8');
    assert.match(status, /Uid:\t65534\t65534\t65534\t65534/);
    assert.match(status, /CapPrm:\t0+\n/);
    await box.succeed('stop', 'gaol');
    assert.equal(existsSync(pidfile), false);
  });

  it('fails where root could be regained, as securebits(7) can have it', {
    skip: process.getuid?.() !== 0 && 'needs root',
  }, async (t) => {
    const box = new Sandbox(t);
    const pidfile = join(box.folder, 'a.pid');
    const options = JSON.stringify({ uid: 'nobody', pidfile });
    const keeping = ['setpriv', '--securebits=+no_setuid_fixup', process.execPath];
    const ran = await box.run([...keeping, TELLS, join(box.folder, 'out'), options]);
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, /root could be regained[\s\S]*LAUNCH_FAILED[\s\S]*drop-check/);
    assert.equal(existsSync(pidfile), false);
  });

  for (const [what, options, words] of [
    [
      'a root that is not there',
      { chrootDirectory: '/nowhere' },
      /LAUNCH_FAILED[\s\S]*syscall: 'chroot'/,
    ],
    [
      'a working directory that is not there',
      { workingDirectory: '/nowhere' },
      /LAUNCH_FAILED[\s\S]*syscall: 'chdir'/,
    ],
    ['an unknown user', { uid: 'nosuchuser' }, /NOT_FOUND/],
    [
      'a relative path with chroot',
      { chrootDirectory: '/tmp', workingDirectory: 'a' },
      /workingDirectory[\s\S]*INVALID_ARGUMENT/,
    ],
    [
      'a preserved fd that is closed',
      { filesPreserve: [99] },
      /filesPreserve\[0\][\s\S]*INVALID_ARGUMENT/,
    ],
    [
      'an unknown option',
      { workingDirectroy: '/' },
      /Did you mean "workingDirectory"[\s\S]*UNKNOWN_OPTION/,
    ],
    ['an unknown signal', { signalMap: { SIGNOPE: null } }, /INVALID_ARGUMENT/],
    [
      'a method that is not there',
      { signalMap: { SIGHUP: 'relaod' } },
      /SIGHUP[\s\S]*INVALID_ARGUMENT/,
    ],
    ['a umask that is not octal', { umask: '9' }, /INVALID_ARGUMENT/],
  ] as const) {
    it(`fails, leaving nothing, for ${what}`, async (t) => {
      const box = new Sandbox(t);
      const ran = await box.run([
        process.execPath,
        TELLS,
        join(box.folder, 'out'),
        JSON.stringify({ pidfile: join(box.folder, 'a.pid'), ...options }),
      ]);
      assert.equal(ran.status, 1);
      assert.match(ran.stderr, words);
      assert.equal(existsSync(join(box.folder, 'a.pid')), false);
    });
  }

  it('waits for the PID file as long as it may', async (t) => {
    const box = new Sandbox(t);
    const path = join(box.folder, 'own.pid');
    const first = await open(box, { pidfile: path });
    const at = (acquireTimeoutMs: number) => [
      process.execPath,
      TELLS,
      join(box.folder, `out${acquireTimeoutMs}`),
      JSON.stringify({ pidfile: { path, options: { acquireTimeoutMs } } }),
    ];
    const refused = await box.run(at(100));
    assert.match(refused.stderr, new RegExp(`ALREADY_RUNNING[\\s\\S]*pid: ${first.pid}`));
    const waiting = box.run(at(20_000));
    process.kill(first.pid, 'SIGKILL');
    const ran = await waiting;
    assert.equal(ran.status, 0, ran.stderr);
    assert.notEqual(Number(readFileSync(path, 'utf8')), first.pid);
  });

  for (const how of ['detached', 'in place']) {
    it(`lets a preserved server go on listening, ${how}`, async (t) => {
      const box = new Sandbox(t);
      const pidFile = join(box.folder, 'web.pid');
      await using program = new Program(process.execPath, [SERVES, pidFile, how], {
        env: box.environment,
        cwd: box.folder,
      });
      const port = Number((await program.says(/^(\d+)$/m))[1]);
      if (how === 'detached') assert.equal(await program.end(), 0, program.errors);
      const answer = await eventually(
        'an answer',
        () => answerOf(port),
        (text) => /^\d+$/.test(text),
      );
      assert.equal(Number(answer), Number(readFileSync(pidFile, 'utf8')));
      assert.equal(Number(answer) === program.pid, how === 'in place');
    });
  }

  it('maps signals to nothing, methods and functions; terminate() closes and ends with 128 + n', async (t) => {
    const box = new Sandbox(t);
    const pidFile = join(box.folder, 'own.pid');
    await using program = new Program(process.execPath, [SIGNALS, pidFile], {
      cwd: box.folder,
      env: box.environment,
    });
    await program.says(/ready/);
    assert.equal(readFileSync(pidFile, 'utf8'), `${program.pid}\n`);
    program.signal('SIGUSR1');
    program.signal('SIGHUP');
    await program.says(/reload SIGHUP/);
    await box.succeed('signal', 'RTMIN+2', pidFile);
    await program.says(/function 36/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 143, program.errors);
    assert.match(program.output, /exit 143 false/);
    assert.equal(existsSync(pidFile), false);
  });

  it('does not detach where a service manager or a container has started it', async (t) => {
    const box = new Sandbox(t);
    const script = box.file(
      'app.mjs',
      `import { DaemonContext, daemonize } from ${JSON.stringify(LIBRARY)};
       await new DaemonContext({ workingDirectory: process.cwd() }).open();
       const [n] = await daemonize('app.pid', [1n]);
       console.log('still here', process.cwd(), n, process.umask().toString(8));`,
    );
    const environment = { ...box.environment };
    const shell = `SYSTEMD_EXEC_PID=$$ exec ${process.execPath} ${script}`;
    const ran = await box.run(['setsid', '--wait', 'sh', '-c', shell], { env: environment });
    assert.match(ran.stdout, new RegExp(`still here ${box.folder} 1n 27`), ran.stderr);
  });
});

describe('DaemonContext options', () => {
  it('are properties, checked by name at once', () => {
    const context = new DaemonContext({ umask: 0o022 });
    assert.equal(context.umask, 0o022);
    assert.equal(context.workingDirectory, '/');
    assert.equal(context.detachProcess, null);
    const wrong = { umaks: 1 } as object;
    assert.throws(() => new DaemonContext(wrong), { code: 'UNKNOWN_OPTION', message: /"umask"/ });
    assert.throws(() => new DaemonContext({ initgroups: 'yes' } as object), {
      code: 'INVALID_ARGUMENT',
    });
  });

  it('are refused by open() before anything started', async (t: TestContext) => {
    const refuses = (options: object, words: RegExp) =>
      assert.rejects(new DaemonContext(options).open(), {
        code: 'INVALID_ARGUMENT',
        message: words,
      });
    await refuses({ detachProcess: 'yes' }, /detachProcess/);
    await refuses({ uid: -1 }, /uid/);
    await refuses({ uid: 2 ** 32 - 1 }, /out of range/);
    await refuses({ pidfile: 5 }, /pidfile/);
    await refuses({ filesPreserve: [1], pidfile: '/nowhere/a' }, /standard streams/);
    await refuses({ chrootDirectory: 'here' }, /absolute/);
    t.diagnostic('nothing was started: the process is still here');
  });
});
