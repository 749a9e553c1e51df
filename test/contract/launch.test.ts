import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { system } from '../../src/os/index.ts';
import { native } from '../../src/os/native.ts';
import type { NativePlan } from '../../src/os/native-launch.ts';
import { eventually } from '../helpers/eventually.ts';
import { fdsOf, limitOf, signalsIn, statField, statusOf } from '../helpers/proc.ts';
import { rounds } from '../helpers/rounds.ts';
import { isRunning, Sandbox } from '../helpers/sandbox.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

/** A sandbox's place for launches without the command around them. */
class Launchpad {
  readonly box: Sandbox;
  readonly pidFile: string;
  readonly lockFile: string;
  readonly #plainFork: boolean;

  constructor(t: TestContext, plainFork: boolean) {
    this.box = new Sandbox(t);
    this.pidFile = join(this.box.folder, 'x.pid');
    this.lockFile = `${this.pidFile}.lock`;
    this.#plainFork = plainFork;
  }

  plan(changes: Partial<NativePlan> = {}): NativePlan {
    return {
      detach: true,
      ownGroup: false,
      dieWithParent: false,
      terminal: null,
      file: '/bin/sleep',
      argv: ['sleep', '1000'],
      environment: ['ONE=1'],
      identity: { pidFile: this.pidFile, lockFile: this.lockFile },
      chroot: null,
      cwd: '/',
      umask: 0o022,
      limits: [],
      nice: null,
      oomScoreAdj: null,
      credentials: null,
      noNewPrivs: false,
      stdio: [
        { path: '/dev/null', mode: 'read' },
        { path: join(this.box.folder, 'out'), mode: 'append' },
        { path: join(this.box.folder, 'err'), mode: 'append' },
      ],
      fds: [],
      ...changes,
    };
  }

  /** Launches, looks, and ends it. */
  async with(changes: Partial<NativePlan>, look: (pid: number) => void | Promise<void>) {
    const { pid, pidfd } = native().launch(this.plan(changes), this.#plainFork);
    try {
      // Its loader has opened and closed its libraries.
      await eventually(
        'its sleep',
        () => statField(pid, 3),
        (state) => state === 'S',
      );
      await look(pid);
    } finally {
      native().pidfdSignal(pidfd, 9);
      await eventually(
        'its end',
        () => native().pollReadable([pidfd], 0),
        (ready) => ready === 0,
      );
      native().closeFd(pidfd);
    }
  }

  /** What a launch that fails tells: the step, the errno, the path. Nothing of it runs afterwards. */
  async fails(
    changes: Partial<NativePlan>,
  ): Promise<{ step: string; code: string; path: string | null }> {
    try {
      native().launch(this.plan(changes), this.#plainFork);
    } catch (error) {
      const { syscall, code, path, childPid } = error as NodeJS.ErrnoException & {
        childPid?: number;
      };
      if (childPid !== undefined && childPid > 0)
        await eventually(
          'its end',
          () => isRunning(childPid),
          (runs) => !runs,
        );
      return { step: syscall ?? '', code: code ?? '', path: path ?? null };
    }
    throw new Error('it was launched');
  }
}

/** Ends by SIGKILL whatever was launched by process $1 and has not executed its program yet: it is still called the same. */
// By builtins first: a program for each process there is takes longer on a loaded machine than the lock is waited for.
const KILL_TWIN = `
  read -r own <"/proc/$1/comm"
  while true; do
    for folder in /proc/[0-9]*; do
      pid=\${folder#/proc/}
      { read -r comm <"$folder/comm"; } 2>/dev/null && [ "$comm" = "$own" ] || continue
      [ "$pid" != "$1" ] && [ "$pid" != "$PPID" ] && cmp -s "$folder/cmdline" "/proc/$1/cmdline" || continue
      [ "$(readlink "$folder/exe")" = "$(readlink "/proc/$1/exe")" ] || continue
      [[ $(<"$folder/status") == *$'PPid:\\t'$1$'\\n'* ]] && continue # the process in between
      kill -USR2 "$1"
      kill -KILL "$pid" && echo "killed $pid" && exit
    done
  done`;

for (const plainFork of [false, true]) {
  const how = plainFork ? 'by fork(2)' : 'by clone(2)';

  test(`launch ${how}: the PID file names it, the lock is its own, and it is detached`, async (t) => {
    const pad = new Launchpad(t, plainFork);
    await pad.with({}, (pid) => {
      assert.equal(readFileSync(pad.pidFile, 'latin1'), `${pid}\n`);
      assert.equal(statSync(pad.pidFile).mode & 0o777, 0o644);
      assert.equal(statSync(pad.lockFile).mode & 0o777, 0o600);
      const fd = openSync(pad.lockFile, 'r+');
      assert.equal(native().lockOwner(fd), pid);
      assert.equal(native().lockBriefly(fd), false);
      closeSync(fd);
      assert.notEqual(statField(pid, 6), String(pid));
      assert.equal(statusOf(pid).PPid === String(process.pid), false);
      assert.deepEqual(Object.keys(fdsOf(pid)), ['0', '1', '2', '10']);
      assert.deepEqual(signalsIn(statusOf(pid).SigBlk), []);
    });
  });

  test(`launch ${how}: umask 777 makes no file that its owner cannot open`, async (t) => {
    const pad = new Launchpad(t, plainFork);
    await pad.with({ umask: 0o777 }, (pid) => {
      assert.equal(statusOf(pid).Umask, '0777');
      assert.equal(statSync(pad.pidFile).mode & 0o777, 0o644);
      assert.equal(statSync(pad.lockFile).mode & 0o777, 0o600);
    });
  });

  test(`launch ${how}: every step that fails is named, with its errno and path`, async (t) => {
    const pad = new Launchpad(t, plainFork);
    const file = pad.box.file('plain', 'text');
    const missing = join(pad.box.folder, 'missing/x');
    const folder = join(pad.box.folder, 'folder');
    mkdirSync(folder);
    const log = (path: string): NativePlan['stdio'] => [
      { path: '/dev/null', mode: 'read' },
      { path, mode: 'append' },
      { path: '/dev/null', mode: 'append' },
    ];
    const table: [Partial<NativePlan>, string, string, string | null][] = [
      [{ file: missing }, 'execve', 'ENOENT', missing],
      [{ file }, 'execve', 'EACCES', file],
      [
        { file: pad.box.file('garbage', '\u007fnonsense', 0o755) },
        'execve',
        'ENOEXEC',
        join(pad.box.folder, 'garbage'),
      ],
      [{ cwd: missing }, 'chdir', 'ENOENT', missing],
      [{ cwd: file }, 'chdir', 'ENOTDIR', file],
      [{ stdio: log(missing) }, 'stdout', 'ENOENT', missing],
      [{ stdio: log(folder) }, 'stdout', 'EISDIR', folder],
      [
        { stdio: [{ path: missing, mode: 'read' }, { fd: 1 }, { fd: 2 }] },
        'stdin',
        'ENOENT',
        missing,
      ],
      [{ stdio: [{ fd: 4000 }, { fd: 1 }, { fd: 2 }] }, 'stdin', 'EBADF', null],
      [{ fds: [[4000, 5]] }, 'keep-fd', 'EBADF', null],
      [{ fds: [[4000, 4000]] }, 'keep-fd', 'EBADF', null],
      [{ identity: { pidFile: missing, lockFile: pad.lockFile } }, 'pid-file', 'ENOENT', missing],
      [{ identity: { pidFile: pad.pidFile, lockFile: missing } }, 'lock-file', 'ENOENT', missing],
      [{ identity: { pidFile: pad.pidFile, lockFile: folder } }, 'lock-file', 'EISDIR', folder],
      [{ limits: [[7, '20', '10']] }, 'setrlimit', 'EINVAL', null],
    ];
    if (isRoot) {
      table.push([{ chroot: missing }, 'chroot', 'ENOENT', missing]);
      table.push([{ chroot: file }, 'chroot', 'ENOTDIR', file]);
    }
    for (const [changes, step, code, path] of table) {
      assert.deepEqual(await pad.fails(changes), { step, code, path }, step);
    }
  });

  test(`launch ${how}: fds reach their numbers, whatever they were before`, async (t) => {
    const pad = new Launchpad(t, plainFork);
    const [a, b] = [openSync('/dev/zero', 'r'), openSync('/dev/full', 'r')];
    const many = Array.from({ length: 20 }, (_, index): [number, number] => [
      index % 2 ? a : b,
      3 + index,
    ]);
    const swapped: [number, number][] = [
      [a, b],
      [b, a],
    ];
    await pad.with({ fds: many }, (pid) => {
      const fds = fdsOf(pid);
      for (const [source, target] of many)
        assert.equal(fds[target], readlinkSync(`/proc/self/fd/${source}`), `fd ${target}`);
      assert.equal(Object.values(fds).filter((what) => what === pad.lockFile).length, 1);
      assert.equal(Object.keys(fds).length, 3 + 20 + 1);
    });
    await pad.with({ fds: swapped, limits: [[7, '4', '4']] }, (pid) => {
      assert.equal(fdsOf(pid)[a], '/dev/full');
      assert.equal(fdsOf(pid)[b], '/dev/zero');
      assert.deepEqual(limitOf(pid, 'Max open files'), ['4', '4']);
    });
    closeSync(a);
    closeSync(b);
  });

  test(`launch ${how}: the numbers of the lock and of the report never meet`, async (t) => {
    const pad = new Launchpad(t, plainFork);
    const zero = openSync('/dev/zero', 'r');
    for (let highest = 10; highest < 24; highest++) {
      const fds = Array.from({ length: highest - 9 }, (_, index): [number, number] => [
        zero,
        10 + index,
      ]);
      assert.equal((await pad.fails({ fds, file: '/missing' })).step, 'execve');
    }
    closeSync(zero);
  });

  test(`launch ${how}: a held lock names its holder, a passing one is waited for`, async (t) => {
    const pad = new Launchpad(t, plainFork);
    await pad.with({}, (pid) => {
      assert.throws(() => native().launch(pad.plan(), plainFork), {
        syscall: 'lock',
        code: 'EAGAIN',
        ownerPid: pid,
      });
      assert.equal(readFileSync(pad.pidFile, 'latin1'), `${pid}\n`);
    });
    const fd = openSync(pad.lockFile, 'r+');
    assert.equal(native().lockBriefly(fd), true);
    assert.throws(() => native().launch(pad.plan(), plainFork), {
      syscall: 'lock',
      code: 'ETIMEDOUT',
    });
    closeSync(fd);
  });

  test(`launch ${how}: killed between two steps, it says so, and signals wait for its end`, async (t) => {
    const pad = new Launchpad(t, plainFork);
    await pad.with({}, () => {});
    const lock = openSync(pad.lockFile, 'r+');
    t.after(() => closeSync(lock));
    assert.equal(native().lockBriefly(lock), true); // the step that waits
    let heard = 0;
    const hear = () => heard++;
    process.on('SIGUSR2', hear);
    t.after(() => process.off('SIGUSR2', hear));
    const killer = spawn('bash', ['-c', KILL_TWIN, 'bash', String(process.pid)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const told = once(killer.stdout, 'data');
    let error = await pad.fails({});
    // On a loaded machine, a launch waits for the lock no longer than the killer takes to find it.
    while (error.code === 'ETIMEDOUT') error = await pad.fails({});
    assert.deepEqual(error, { step: 'killed', code: 'EINTR', path: null });
    assert.match(String(await told), /^killed \d+\n$/);
    await eventually(
      'the signal',
      () => heard,
      (count) => count > 0,
    );
  });

  test(`launch ${how}: a FIFO or a terminal as a stream hangs nobody`, async (t) => {
    const pad = new Launchpad(t, plainFork);
    const fifo = join(pad.box.folder, 'fifo');
    await pad.box.run(['mkfifo', fifo]);
    await pad.with({ stdio: [{ path: fifo, mode: 'read' }, { fd: 1 }, { fd: 2 }] }, (pid) => {
      assert.equal(fdsOf(pid)[0], fifo);
    });
    const out: NativePlan['stdio'] = [{ fd: 0 }, { path: fifo, mode: 'append' }, { fd: 2 }];
    assert.deepEqual(await pad.fails({ stdio: out }), {
      step: 'stdout',
      code: 'ENXIO',
      path: fifo,
    });
  });

  test(`launch ${how}: another user has its ids, its groups and no capability`, {
    skip: !isRoot && 'needs root',
  }, async (t) => {
    const pad = new Launchpad(t, plainFork);
    await pad.with(
      {
        credentials: { uid: NOBODY, gid: NOBODY, groups: [NOBODY, 100] },
        nice: 3,
        oomScoreAdj: -5 + 10,
        noNewPrivs: true,
      },
      (pid) => {
        const status = statusOf(pid);
        assert.equal(status.Uid, [NOBODY, NOBODY, NOBODY, NOBODY].join('\t'));
        assert.equal(status.Gid, [NOBODY, NOBODY, NOBODY, NOBODY].join('\t'));
        assert.equal(status.Groups, `100 ${NOBODY}`);
        for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb'])
          assert.match(status[set] ?? '', /^0+$/);
        assert.equal(statField(pid, 19), '3');
        assert.equal(status.NoNewPrivs, '1');
      },
    );
  });

  test(`launch ${how}: how the shortest of lives ended is known, and it is mistaken for nobody`, async (t) => {
    const pad = new Launchpad(t, plainFork);
    for (let round = 0; round < rounds(20); round++) {
      const launched = native().launch(
        pad.plan({ file: '/bin/sh', argv: ['sh', '-c', 'exit 7'] }),
        plainFork,
      );
      const handle = system().adoptLaunched(launched);
      const status = await handle.exited();
      assert.ok(status === null || status.exitCode === 7, JSON.stringify(status));
      if (launched.pidfd >= 0 && !system().onlyParentsLearnEnds) assert.equal(status?.exitCode, 7);
      handle.close();
    }
  });

  test(`launch ${how}: many leave no fd and no memory behind`, {
    skip: process.env.ASAN_OPTIONS !== undefined && 'a sanitized fork takes 50 ms',
  }, async (t) => {
    const pad = new Launchpad(t, plainFork);
    const launchMany = async (count: number) => {
      for (let launch = 0; launch < count; launch++) {
        const { pidfd } = native().launch(
          pad.plan({ file: '/bin/true', argv: ['true'], identity: null }),
          plainFork,
        );
        if (pidfd >= 0) native().closeFd(pidfd);
        if (launch % 4 === 0) await pad.fails({ file: '/missing', identity: null });
        if (launch % 50 === 0) await new Promise(setImmediate);
      }
      return { fds: readdirSync('/proc/self/fd').length, rssBytes: process.memoryUsage.rss() };
    };
    const before = await launchMany(rounds(plainFork ? 50 : 200));
    const after = await launchMany(rounds(plainFork ? 150 : 800));
    assert.equal(after.fds, before.fds);
    const grownBytes = after.rssBytes - before.rssBytes;
    assert.ok(grownBytes < 16e6, `${grownBytes} bytes more`);
  });
}

test('a launch from a place without pidfds is held by looking', async (t) => {
  const pad = new Launchpad(t, false);
  await pad
    .with({}, async (pid) => {
      const handle = system().adoptLaunched({ pid, pidfd: -1 });
      assert.equal(handle.hasExited(), false);
      assert.equal(handle.waitSync(30), false);
      assert.deepEqual(handle.signal(0), { kind: 'delivered' });
      const ended = handle.exited();
      assert.deepEqual(handle.signal(15), { kind: 'delivered' });
      const status = await ended;
      assert.ok(status === null || status.signal === 15);
      assert.deepEqual(handle.signal(15), { kind: 'gone' });
    })
    .catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it was ended on the way
    });
});

test('a plan that is no plan is an error, not a crash', (t) => {
  const pad = new Launchpad(t, false);
  const broken: unknown[] = [
    undefined,
    null,
    5,
    {},
    { ...pad.plan(), argv: [5] },
    { ...pad.plan(), stdio: [] },
    { ...pad.plan(), cwd: '/tmp\0/x' },
  ];
  for (const plan of broken) assert.throws(() => native().launch(plan as NativePlan, false), Error);
});
