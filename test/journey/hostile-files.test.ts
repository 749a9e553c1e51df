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
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { statField } from '../helpers/proc.ts';
import { isRunning, Sandbox } from '../helpers/sandbox.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;

/** A process that daimon has nothing to do with, and that must live to the end. */
function stranger(box: Sandbox): number {
  return box.spawn(['sleep', '1000'], { stdio: 'ignore' }).pid ?? -1;
}

function prepared(t: TestContext) {
  const box = new Sandbox(t);
  for (const folder of ['', 'run', 'state', 'logs'])
    mkdirSync(join(box.home, folder), { mode: 0o700 });
  return {
    box,
    pidFile: join(box.home, 'run/web.pid'),
    record: join(box.home, 'state/web.json'),
    innocent: stranger(box),
  };
}

const CONTENTS: readonly [string, (innocent: number) => string][] = [
  ['stale', () => '32767\n'],
  ['empty', () => ''],
  ['garbage', () => '\u0000\u001b[2Jnonsense\n'],
  ['0', () => '0\n'],
  ['1', () => '1\n'],
  ['-1', () => '-1\n'],
  ['huge', () => `${'9'.repeat(4000)}\n`],
  ['of a stranger', (innocent) => `${innocent}\n`],
];

for (const [kind, content] of CONTENTS) {
  test(`a PID file that is ${kind}: nobody is signalled, the next start takes it over`, async (t) => {
    const { box, pidFile, innocent } = prepared(t);
    writeFileSync(pidFile, content(innocent));
    assert.equal((await box.daimon('status', 'web')).status, 1);
    for (const command of [['signal', 'KILL'], ['reload', '--force'], ['wait']]) {
      const ran = await box.daimon(...command, 'web');
      assert.equal(ran.status, 1);
      assert.match(ran.stderr, /"web" is not running/);
    }
    await box.succeed('stop', 'web');
    writeFileSync(pidFile, content(innocent));
    await box.succeed('stop', pidFile);
    assert.equal(isRunning(innocent), true);
    writeFileSync(pidFile, content(innocent));
    await box.succeed('start', '--name', 'web', 'sleep', '1000');
    assert.notEqual(box.pidOf('web'), innocent);
    await box.succeed('stop', 'web');
    assert.equal(isRunning(innocent), true);
    assert.deepEqual(readdirSync(join(box.home, 'run')), []);
  });
}

type Made = ReturnType<typeof prepared>;
const UNSAFE: readonly [string, RegExp, (made: Made) => void][] = [
  [
    'a symbolic link',
    /symbolic link/,
    ({ pidFile, innocent, box }) => symlinkSync(box.file('else', `${innocent}\n`), pidFile),
  ],
  [
    'a hard link',
    /more than one hard link/,
    ({ pidFile, innocent, box }) => linkSync(box.file('else', `${innocent}\n`), pidFile),
  ],
  ['a folder', /folder/, ({ pidFile }) => mkdirSync(pidFile)],
  [
    'world-writable',
    /everybody may write/,
    ({ pidFile, innocent }) => {
      writeFileSync(pidFile, `${innocent}\n`);
      chmodSync(pidFile, 0o666);
    },
  ],
  ...(isRoot
    ? [
        [
          'of another user',
          /another user/,
          ({ pidFile, innocent }: Made) => {
            writeFileSync(pidFile, `${innocent}\n`);
            chownSync(pidFile, NOBODY, NOBODY);
          },
        ] as [string, RegExp, (made: Made) => void],
      ]
    : []),
];

for (const [kind, fault, make] of UNSAFE) {
  test(`a PID file that is ${kind} is refused, and its content kills nobody`, async (t) => {
    const made = prepared(t);
    make(made);
    const ran = await made.box.daimon('start', '--name', 'web', 'sleep', '1000');
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, fault);
    assert.match(ran.stderr, /web\.pid/);
    for (const command of ['status', 'wait']) await made.box.daimon(command, 'web');
    const stopped = await made.box.daimon('stop', 'web');
    const isLeft = lstatSync(made.pidFile, { throwIfNoEntry: false }) !== undefined;
    assert.equal(stopped.status, isLeft ? 1 : 0, stopped.stdout);
    assert.match(isLeft ? stopped.stderr : stopped.stdout, isLeft ? fault : /removed what it had/);
    assert.equal(isRunning(made.innocent), true);
    rmSync(made.pidFile, { recursive: true, force: true });
  });
}

test('a PID file that is a FIFO hangs nobody', async (t) => {
  const { box, pidFile, record } = prepared(t);
  for (const path of [pidFile, `${pidFile}.lock`, record]) {
    await box.run(['mkfifo', path]);
    const ran = await box.daimon('start', '--name', 'web', 'sleep', '1000');
    assert.equal(ran.status, 1, path);
    assert.match(ran.stderr, /not a regular file/);
    for (const command of ['status', 'stop', 'wait', 'restart']) await box.daimon(command, 'web');
    await box.daimon('list');
    rmSync(path);
  }
});

const TAMPERED: readonly [string, (path: string, box: Sandbox) => void][] = [
  ['a symbolic link', (path, box) => symlinkSync(box.file('else', ''), path)],
  ['a folder', (path) => mkdirSync(path)],
  [
    'writable by others',
    (path) => {
      writeFileSync(path, '');
      chmodSync(path, 0o666);
    },
  ],
  ...(isRoot
    ? [
        [
          'of another user',
          (path: string) => {
            writeFileSync(path, '');
            chownSync(path, NOBODY, NOBODY);
          },
        ] as [string, (path: string) => void],
      ]
    : []),
];

for (const [kind, tamper] of TAMPERED) {
  for (const which of ['lock', 'record'] as const) {
    test(`a ${which} that is ${kind} is refused in words, by every command`, async (t) => {
      const { box, pidFile, record, innocent } = prepared(t);
      tamper(which === 'lock' ? `${pidFile}.lock` : record, box);
      for (const command of [
        ['start', '--name', 'web', 'sleep', '1000'],
        ['stop', 'web'],
        ['signal', 'TERM', 'web'],
        ['delete', 'web'],
      ]) {
        const ran = await box.daimon(...command);
        assert.notEqual(ran.status, 0, command.join(' '));
        assert.match(ran.stderr, /^daimon: Refused \S+: \w/, command.join(' '));
        assert.doesNotMatch(ran.stderr, /bug in daimon/);
      }
      assert.equal((await box.daimon('status', 'web')).status, 4);
      assert.equal(isRunning(innocent), true);
      rmSync(which === 'lock' ? `${pidFile}.lock` : record, { recursive: true });
    });
  }
}

test('a record that is torn, foreign, or names everybody: no stranger is signalled', async (t) => {
  const { box, record, innocent } = prepared(t);
  await box.succeed('start', '--name', 'web', 'sleep', '1000');
  const good = JSON.parse(readFileSync(record, 'utf8')) as Record<string, unknown>;
  await box.succeed('stop', 'web');
  const ref = { ...(good.ref as object), pid: innocent };
  const records: [string, string][] = [
    ['empty', ''],
    ['torn', JSON.stringify(good).slice(0, 200)],
    ['foreign', '{"name":"web","pid":1}'],
    ['a list', '[]'],
    ["a stranger's pid", JSON.stringify({ ...good, ref })],
    [
      "a stranger's pid and start, of another boot",
      JSON.stringify({
        ...good,
        ref: { ...ref, startTime: statField(innocent, 22), bootId: 'other' },
      }),
    ],
    ['everybody', JSON.stringify({ ...good, mark: 'unlimited' })],
    ['a number for a mark', JSON.stringify({ ...good, mark: 5 })],
    [
      "another name's",
      JSON.stringify({ ...good, spec: { ...(good.spec as object), name: 'other' } }),
    ],
  ];
  for (const [kind, text] of records) {
    writeFileSync(record, text, { mode: 0o600 });
    for (const command of [
      ['status', 'web'],
      ['signal', 'KILL', 'web'],
      ['stop', 'web'],
      ['list'],
    ]) {
      const ran = await box.daimon(...command);
      assert.doesNotMatch(
        ran.stderr,
        /bug in daimon/,
        `${kind}: ${command.join(' ')}: ${ran.stderr}`,
      );
    }
    assert.equal(isRunning(innocent), true, kind);
    await box.succeed('start', '--name', 'web', '--ready', 'exec', 'sleep', '1000');
    await box.succeed('stop', 'web');
    assert.equal(isRunning(innocent), true, kind);
  }
});

test('PID file and lock deleted or replaced while the daemon runs: it stays known, and theirs stay', async (t) => {
  const { box, pidFile, innocent } = prepared(t);
  await box.succeed('start', '--name', 'web', 'sleep', '1000');
  const pid = box.pidOf('web');
  rmSync(pidFile);
  rmSync(`${pidFile}.lock`);
  assert.equal((await box.daimon('status', 'web')).status, 0);
  const again = await box.daimon('start', '--name', 'web', 'sleep', '1000');
  assert.match(again.stderr, new RegExp(`already running \\(pid ${pid},`));
  writeFileSync(pidFile, `${innocent}\n`);
  await box.succeed('stop', 'web');
  assert.equal(isRunning(pid), false);
  assert.equal(isRunning(innocent), true);
  assert.equal(readFileSync(pidFile, 'utf8'), `${innocent}\n`);
});

test('a PID file without a record: of our own folder or of nobody it goes, of somebody it stays', async (t) => {
  const { box, pidFile: own, innocent: pid } = prepared(t);
  const foreign = join(box.folder, 'foreign.pid');
  for (const content of [`${pid}\n`, '', 'x'.repeat(100)]) {
    writeFileSync(own, content);
    await box.succeed('stop', 'web');
    assert.equal(existsSync(own), false);
    assert.equal((await box.daimon('status', 'web')).status, 3);
  }
  writeFileSync(foreign, `${pid}\n`);
  for (const command of [['stop'], ['delete', '--force']]) {
    const ran = await box.daimon(...command, foreign);
    assert.equal(ran.status, 1, ran.stdout);
    assert.match(
      ran.stderr,
      new RegExp(`names pid ${pid} \\(sleep\\), which daimon has not started`),
    );
    assert.equal(readFileSync(foreign, 'utf8'), `${pid}\n`);
  }
  assert.equal(isRunning(pid), true);
  writeFileSync(foreign, '2147483647\n');
  await box.succeed('stop', foreign);
  assert.equal(existsSync(foreign), false);
});

test('a folder that others control is refused', { skip: !isRoot && 'needs root' }, async (t) => {
  const { box } = prepared(t);
  chmodSync(box.folder, 0o755);
  const [open, theirs, sticky] = ['open', 'theirs', 'sticky'].map((name) =>
    join(box.folder, name),
  ) as [string, string, string];
  for (const folder of [open, theirs, sticky]) mkdirSync(folder);
  chmodSync(open, 0o777);
  chownSync(theirs, NOBODY, NOBODY);
  chmodSync(sticky, 0o1777);
  mkdirSync(join(theirs, 'ours'));
  symlinkSync(sticky, join(box.folder, 'our-link'));
  symlinkSync(sticky, join(theirs, 'their-link'));
  for (const folder of [open, theirs, join(theirs, 'ours'), join(theirs, 'their-link')]) {
    const ran = await box.daimon(
      'start',
      '--name',
      'web',
      '--pid-file',
      join(folder, 'x.pid'),
      'sleep',
      '1000',
    );
    assert.equal(ran.status, 1, folder);
    assert.match(ran.stderr, /Refused the folder .*could put files of theirs in the place of ours/);
    assert.equal(existsSync(join(folder, 'x.pid')), false);
  }
  for (const folder of [sticky, join(box.folder, 'our-link')]) {
    await box.succeed(
      'start',
      '--name',
      'web',
      '--pid-file',
      join(folder, 'x.pid'),
      'sleep',
      '1000',
    );
    await box.succeed('stop', 'web');
  }
});

test('a log in a folder of the new user is opened as that user: no link leads to files of root', {
  skip: !isRoot && 'needs root',
}, async (t) => {
  const { box } = prepared(t);
  chmodSync(box.folder, 0o755);
  const theirs = join(box.folder, 'theirs');
  mkdirSync(theirs);
  chownSync(theirs, NOBODY, NOBODY);
  const secret = box.file('secret', 'of root\n', 0o600);
  const log = join(theirs, 'app.log');
  const start = (...more: string[]) =>
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
      'echo hello; exec sleep 1000',
    );
  const refused = await start();
  assert.match(refused.stderr, /Refused the log .*could lay a link there/);
  await start('--user', 'nobody');
  await eventually(
    'its word',
    () => readFileSync(log, 'utf8'),
    (text) => text === 'hello\n',
  );
  await box.succeed('stop', 'web');
  rmSync(log);
  symlinkSync(secret, log);
  const linked = await start('--user', 'nobody');
  assert.equal(linked.status, 1);
  assert.match(linked.stderr, /standard output could not be opened.*permission denied/);
  assert.equal(readFileSync(secret, 'utf8'), 'of root\n');
});

test('what others may read of the lock does not let them hold the daemon back', {
  skip: !isRoot && 'needs root',
}, async (t) => {
  const { box } = prepared(t);
  chmodSync(box.folder, 0o755);
  const pidFile = join(box.folder, 'open.pid');
  await box.succeed('start', '--name', 'web', '--pid-file', pidFile, 'sleep', '1000');
  const script = `import fcntl, sys\nf = open(sys.argv[1])\nfcntl.lockf(f, fcntl.LOCK_SH | fcntl.LOCK_NB)\n`;
  const ran = await box.run([
    'setpriv',
    `--reuid=${NOBODY}`,
    '--clear-groups',
    '/usr/bin/python3',
    '-c',
    script,
    `${pidFile}.lock`,
  ]);
  assert.match(ran.stderr, /Permission denied/);
  // And a lock for reading is nobody's daemon, even where it can be had.
  await box.succeed('stop', 'web');
  writeFileSync(`${pidFile}.lock`, '', { mode: 0o600 });
  const holder = box.spawn(
    [
      '/usr/bin/python3',
      '-c',
      `${script}print('held', flush=True)\nsys.stdin.read()`,
      `${pidFile}.lock`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let said = '';
  holder.stdout?.on('data', (data) => {
    said += data;
  });
  await eventually(
    'its lock',
    () => said,
    (text) => text === 'held\n',
  );
  const stopped = await box.daimon('signal', 'KILL', pidFile);
  assert.notEqual(stopped.status, 0);
  assert.equal(isRunning(holder.pid ?? 0), true);
  holder.stdin?.end();
});
