import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { assertFailed, assertNothingLeft } from '../helpers/failure.ts';
import { CLI, isRunning, Sandbox } from '../helpers/sandbox.ts';

interface Fault {
  readonly what: string;
  readonly args: readonly string[];
  readonly status: 1 | 2;
  readonly words: RegExp;
  readonly prepare?: (box: Sandbox) => void;
  /** For what root may do. */
  readonly asNobody?: boolean;
}

const FAULTS: readonly Fault[] = [
  // What is to be started
  { what: 'nothing to start', args: [], status: 2, words: /needs something to start, for example/ },
  { what: 'a missing file', args: ['./gone.js'], status: 1, words: /no such file/ },
  {
    what: 'a missing program',
    args: ['no-such-program'],
    status: 1,
    words: /no such file here or on the PATH/,
  },
  { what: 'the wrong ending', args: ['./app.ts'], status: 1, words: /Did you mean .*\/app\.mjs\?/ },
  {
    what: 'a folder',
    args: ['./folder'],
    status: 2,
    words: /it is a folder; name the file to run/,
  },
  { what: 'a file without x', args: ['./plain'], status: 1, words: /permission denied.*chmod \+x/ },
  { what: 'no program format', args: ['./garbage'], status: 1, words: /ENOEXEC.*--interpreter/ },
  { what: 'a broken shebang', args: ['./badbang'], status: 1, words: /after "#!".*missing/ },
  {
    what: 'a device',
    args: ['/dev/null'],
    status: 1,
    words: /\/dev\/null could not be executed|no name/,
  },
  { what: 'a dangling link', args: ['./dangling'], status: 1, words: /no such file/ },
  // Its options
  {
    what: 'a missing interpreter',
    args: ['--interpreter', 'no-such', 'app.mjs'],
    status: 1,
    words: /no-such/,
  },
  {
    what: 'a missing cwd',
    args: ['--cwd', '/no/such', 'app.mjs'],
    status: 1,
    words: /working directory.*\/no\/such: no such file/,
  },
  {
    what: 'a file as cwd',
    args: ['--cwd', '/etc/passwd', 'app.mjs'],
    status: 1,
    words: /not a directory/,
  },
  {
    what: 'an unknown user',
    args: ['--user', 'nosuchuser', 'app.mjs'],
    status: 1,
    words: /no user "nosuchuser".*getent passwd/,
  },
  {
    what: 'an unknown group',
    args: ['--group', 'nosuchgroup', 'app.mjs'],
    status: 1,
    words: /no group "nosuchgroup".*getent group/,
  },
  { what: 'uid -1', args: ['--user', '4294967295', 'app.mjs'], status: 2, words: /out of range/ },
  {
    what: 'a uid without a group',
    args: ['--user', '54321', 'app.mjs'],
    status: 2,
    words: /add --group/,
  },
  { what: 'a decimal umask', args: ['--umask', '99', 'app.mjs'], status: 2, words: /umask/ },
  { what: 'a umask too large', args: ['--umask', '01000', 'app.mjs'], status: 2, words: /umask/ },
  {
    what: 'an unknown limit',
    args: ['--limit', 'files=3', 'app.mjs'],
    status: 2,
    words: /no limit "files" on this system; known: .*nofile/,
  },
  {
    what: 'a limit without amount',
    args: ['--limit', 'nofile', 'app.mjs'],
    status: 2,
    words: /RESOURCE=SOFT/,
  },
  {
    what: 'a limit above its own',
    args: ['--limit', 'nofile=9:8', 'app.mjs'],
    status: 2,
    words: /above its own hard limit/,
  },
  {
    what: 'a limit beyond the system',
    args: ['--limit', 'nofile=9999999999', 'app.mjs'],
    status: 1,
    words: /resource limit could not be set.*setrlimit: EPERM/,
  },
  {
    what: 'a missing root',
    args: ['--chroot', '/no/such', '/bin/true'],
    status: 1,
    words: /root could not be changed to \/no\/such/,
  },
  {
    what: 'a root without the program',
    args: ['--chroot', '.', '/bin/sleep', '9'],
    status: 1,
    words: /must be inside/,
  },
  {
    what: 'a missing env file',
    args: ['--env-file', 'gone.env', 'app.mjs'],
    status: 2,
    words: /Cannot read the environment file .*gone\.env/,
  },
  {
    what: 'a folder as env file',
    args: ['--env-file', 'folder', 'app.mjs'],
    status: 2,
    words: /Cannot read the environment file/,
  },
  {
    what: 'an env without key',
    args: ['--env', '=geheim', 'app.mjs'],
    status: 2,
    words: /--env takes KEY=VALUE/,
  },
  {
    what: 'a log in a file',
    args: ['--log', 'plain/x.log', 'app.mjs'],
    status: 1,
    words: /standard output could not be opened .*plain\/x\.log\): not a directory/,
  },
  {
    what: 'a log where no folder can be made',
    args: ['--log', '/proc/no/such/x.log', 'app.mjs'],
    status: 1,
    words: /Cannot make the folder \/proc\/no.* \(ENOENT\).*--log/,
  },
  {
    what: 'a folder as log',
    args: ['--log', 'folder', 'app.mjs'],
    status: 1,
    words: /could not be opened.*folder.*directory/,
  },
  {
    what: 'a missing stdin',
    args: ['--stdin', 'gone', 'app.mjs'],
    status: 1,
    words: /standard input could not be opened.*gone.*no such file/,
  },
  {
    what: 'a FIFO nobody reads as log',
    args: ['--log', 'fifo', 'app.mjs'],
    status: 1,
    words: /could not be opened.*fifo/,
    prepare: (box) => void box.run(['mkfifo', 'fifo']),
  },
  {
    what: 'a missing PID folder',
    args: ['--pid-file', 'no/such/it.pid', 'app.mjs'],
    status: 1,
    words: /PID file.*--pid-file/,
  },
  {
    what: 'a folder as PID file',
    args: ['--pid-file', 'folder', 'app.mjs'],
    status: 1,
    words: /it is a folder/,
  },
  {
    what: 'a link as PID file',
    args: ['--pid-file', 'dangling', 'app.mjs'],
    status: 1,
    words: /symbolic link/,
  },
  {
    what: 'an fd that is not open',
    args: ['--keep-fd', '77', 'app.mjs'],
    status: 1,
    words: /not open \(--keep-fd 77\)/,
  },
  {
    what: 'stderr as an fd to keep',
    args: ['--keep-fd', '2', 'app.mjs'],
    status: 2,
    words: /--stdin, --stdout and --stderr/,
  },
  { what: 'nice beyond', args: ['--nice', '20', 'app.mjs'], status: 2, words: /-20 to 19/ },
  {
    what: 'an OOM score beyond',
    args: ['--oom-score-adj', '1001', 'app.mjs'],
    status: 2,
    words: /-1000 to 1000/,
  },
  {
    what: 'a grace without unit',
    args: ['--grace', '5 parsecs', 'app.mjs'],
    status: 2,
    words: /--grace "5 parsecs" is no duration/,
  },
  {
    what: 'an unknown stop signal',
    args: ['--stop-signal', 'TREM', 'app.mjs'],
    status: 2,
    words: /Did you mean SIGTERM\?/,
  },
  {
    what: 'an unknown readiness',
    args: ['--ready', 'soon', 'app.mjs'],
    status: 2,
    words: /no way to be ready.*auto, exec/,
  },
  {
    what: 'a port beyond',
    args: ['--ready', 'tcp:70000', 'app.mjs'],
    status: 2,
    words: /no way to be ready/,
  },
  {
    what: 'a file that is no PID file',
    args: ['--pid-file', 'app.mjs', 'app.mjs'],
    status: 1,
    words: /Refused the PID file .*app\.mjs: it holds something else than a pid.*--pid-file/,
  },
  // What only root may do
  {
    what: 'chroot as nobody',
    args: ['--chroot', '.', '/bin/sleep', '9'],
    status: 1,
    words: /Only root may/,
    asNobody: true,
  },
  {
    what: 'another user as nobody',
    args: ['--user', 'root', '/bin/sleep', '9'],
    status: 1,
    words: /Only root may/,
    asNobody: true,
  },
  {
    what: 'a priority as nobody',
    args: ['--nice', '-5', '/bin/sleep', '9'],
    status: 1,
    words: /Only root may raise/,
    asNobody: true,
  },
  {
    what: 'a PID folder of root',
    args: ['--pid-file', '/etc/it.pid', '/bin/sleep', '9'],
    status: 1,
    words: /PID file.*permission denied.*--pid-file/,
    asNobody: true,
  },
  {
    what: "a log in a new folder of root's",
    args: ['--log', '/etc/no/such/x.log', '/bin/sleep', '9'],
    status: 1,
    words: /Cannot make the folder \/etc\/no.* \(EACCES\).*--log/,
    asNobody: true,
  },
  {
    what: 'a log of root',
    args: ['--log', '/etc/passwd', '/bin/sleep', '9'],
    status: 1,
    words: /\/etc\/passwd.*permission denied/,
    asNobody: true,
  },
];

function prepareFiles(box: Sandbox): void {
  box.file('app.mjs', 'setInterval(() => {}, 1e6);');
  box.file('plain', 'x');
  box.file('garbage', '\u0001\u0002no program', 0o755);
  box.file('badbang', '#!/no/such/interpreter\n', 0o755);
  mkdirSync(join(box.folder, 'folder'));
  symlinkSync('/no/such/target', join(box.folder, 'dangling'));
}

const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

describe('a start that fails says why, and leaves nothing', () => {
  for (const fault of FAULTS) {
    test(fault.what, async (t) => {
      const box = new Sandbox(t);
      prepareFiles(box);
      fault.prepare?.(box);
      if (fault.asNobody) {
        // Where the checkout belongs to root alone, the command is read by an open door.
        chmodSync(box.folder, 0o1777);
        if ((await box.run([...AS_NOBODY, 'test', '-r', CLI])).status !== 0) {
          t.skip(`uid 65534 cannot read ${CLI}`);
          return;
        }
      }
      // Node itself looks for --env-file among all arguments up to the first "--".
      const command = [process.execPath, '--', CLI, 'start', ...fault.args];
      const ran = await box.run(fault.asNobody ? [...AS_NOBODY, ...command] : command);
      assertFailed(box, ran, fault.status, fault.words);
    });
  }
});

test("list in another user's home says whose it is to ask for", {
  skip: process.getuid?.() !== 0 && 'needs root',
}, async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', 'setInterval(() => {}, 1e6);');
  await box.succeed('start', 'app.mjs');
  chmodSync(box.folder, 0o755);
  chmodSync(box.home, 0o755);
  if ((await box.run([...AS_NOBODY, 'test', '-r', CLI])).status !== 0) {
    t.skip(`uid 65534 cannot read ${CLI}`);
    return;
  }
  const ran = await box.run([...AS_NOBODY, process.execPath, CLI, 'list']);
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /^daimon: You may not read the folder .*state\. Try it as the user/);
});

test('Ctrl-C while start waits ends the daemon and leaves nothing', async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', 'setInterval(() => {}, 1e6); await new Promise(() => {});');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const child = box.spawn([process.execPath, CLI, 'start', 'app.mjs'], { stdio: 'pipe' });
    let said = '';
    child.stderr?.on('data', (text) => {
      said += text;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const pid = await eventually(
      'the PID file',
      () => pidOf(box, 'app'),
      (found) => found > 0,
    );
    child.kill(signal);
    assert.equal(await ended, 1, said);
    assert.match(said, new RegExp(`interrupted by ${signal}`));
    assert.equal(isRunning(pid), false);
    assertNothingLeft(box);
  }
});

test('a start that fails puts back what the record said of a dead daemon', async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', 'setInterval(() => {}, 1e6);');
  await box.succeed('start', 'app.mjs');
  const pid = box.pidOf('app');
  process.kill(pid, 'SIGKILL');
  await eventually(
    'its end',
    () => isRunning(pid),
    (running) => !running,
  );
  writeFileSync(join(box.folder, 'app.mjs'), 'process.exit(7)');
  assert.equal((await box.daimon('start', 'app.mjs')).status, 1);
  assert.equal((await box.daimon('status', 'app')).status, 1);
  writeFileSync(join(box.folder, 'app.mjs'), 'setInterval(() => {}, 1e6);');
  await box.succeed('restart', 'app');
});

test('a second start fails, names the pid, and touches nothing of the first', async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', "console.log('first'); setInterval(() => {}, 1e6);");
  await box.succeed('start', 'app.mjs');
  const before = [box.pidOf('app'), box.logOf('app'), recordOf(box, 'app')];
  const again = await box.daimon('start', 'app.mjs');
  assert.equal(again.status, 1);
  assert.match(again.stderr, new RegExp(`already running \\(pid ${before[0]}, .*daimon stop app`));
  assert.deepEqual([box.pidOf('app'), box.logOf('app'), recordOf(box, 'app')], before);
});

function pidOf(box: Sandbox, name: string): number {
  try {
    return box.pidOf(name);
  } catch {
    return 0; // not written yet
  }
}

function recordOf(box: Sandbox, name: string): string {
  return readFileSync(join(box.home, 'state', `${name}.json`), 'utf8');
}

test('a restart that fails forgets nothing: once the fault is mended, the same restart works', async (t) => {
  const box = new Sandbox(t);
  box.file('app.cjs', 'setInterval(() => {}, 1e6)');
  const log = join(box.folder, 'own.log');
  await box.succeed('start', '--log', log, 'app.cjs', '--', '--port', '8080');
  const before = box.pidOf('app');
  box.file('app.cjs', 'throw new Error("broken meanwhile")');
  const failed = await box.daimon('restart', 'app');
  assert.equal(failed.status, 1);
  assert.match(failed.stderr, /broken meanwhile/);
  assert.match(
    failed.stderr,
    new RegExp(`^daimon: app \\(pid ${before}\\) was stopped.*: daimon restart app\n`),
  );
  assert.equal((await box.daimon('status', 'app')).status, 1);
  box.file('app.cjs', 'setInterval(() => {}, 1e6)');
  await box.succeed('restart', 'app');
  assert.match(await box.succeed('status', 'app'), new RegExp(`log +${log}`));
  await box.succeed('stop', 'app');
});
