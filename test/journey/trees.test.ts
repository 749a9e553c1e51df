import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { compile } from '../helpers/compile.ts';
import { eventually } from '../helpers/eventually.ts';
import { cannotBeOrdinary } from '../helpers/ordinary-user.ts';
import { rounds } from '../helpers/rounds.ts';
import { CLI, FIXTURES, isRunning, processesNaming, Sandbox } from '../helpers/sandbox.ts';

const isRoot = process.getuid?.() === 0;
const NOBODY = 65534;
const OWN_PIDS = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

/** Those of a program that run; also one whose main thread has ended. */
function running(program: string): number[] {
  return processesNaming(program)
    .filter(({ command }) => !command.includes('cli'))
    .map(({ pid }) => pid);
}

async function plant(box: Sandbox, program: string, ...kinds: string[]): Promise<number> {
  await box.succeed('start', '--name', 'tree', '--ready', 'exec', program, ...kinds);
  await eventually(
    'its word',
    () => box.logOf('tree'),
    (log) => log.includes('planted'),
  );
  return box.pidOf('tree');
}

async function stopped(box: Sandbox, program: string, grace: string): Promise<string> {
  const ran = await box.daimon('stop', 'tree', '--grace', grace);
  assert.equal(ran.status, 0, ran.stderr);
  assert.deepEqual(running(program), [], ran.stdout);
  return ran.stdout;
}

const KINDS: readonly [kind: string, isKilled: boolean][] = [
  ['plain', false],
  ['session', false],
  ['orphan', false],
  ['deaf', true],
  ['stopped', true],
  ['bare', true],
  ['late', true],
  ['leaderless', true],
];

for (const [kind, isKilled] of KINDS) {
  test(`stop leaves no descendant: ${kind}`, async (t) => {
    const box = new Sandbox(t);
    const program = await compile(box, 'plants.c', '-pthread');
    await plant(box, program, kind);
    const said = await stopped(box, program, '200ms');
    if (isKilled) assert.match(said, /Had to kill after 200 ms of grace: plants \(pid \d+\)/);
    else assert.doesNotMatch(said, /Had to kill/);
  });
}

// In a PID namespace of its own: nobody else's processes, pids and patience are used up.
for (const kind of ['comet', 'slow-comet', 'bomb']) {
  test(`stop leaves no descendant: ${kind}`, { skip: !isRoot && 'needs root' }, async (t) => {
    const box = new Sandbox(t);
    const program = await compile(box, 'plants.c', '-pthread');
    const story = `
      for round in $(seq ${rounds(5)}); do
        "$NODE" "$CLI" start --name tree --ready exec "$PROGRAM" ${kind} || exit 1
        until grep -q planted "$DAIMON_HOME/logs/tree.log"; do sleep 0.01; done
        "$NODE" "$CLI" stop tree --grace 50ms || exit 1
        /usr/bin/python3 "$CENSUS" plants 20
        rm "$DAIMON_HOME/logs/tree.log"
      done`;
    const env = {
      ...box.environment,
      NODE: process.execPath,
      CLI,
      PROGRAM: program,
      CENSUS: join(FIXTURES, 'census.py'),
    };
    const ran = await box.run([...OWN_PIDS, 'bash', '-c', story], { env });
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    assert.deepEqual(
      ran.stdout.split('\n').filter((line) => line.startsWith('seen:') && line !== 'seen: []'),
      [],
      ran.stdout,
    );
    assert.equal(
      ran.stdout.match(/Had to kill .* plants \(pid \d+\)/g)?.length,
      rounds(5),
      ran.stdout,
    );
  });
}

test('delete does not forget what comes and goes too fast to be named', {
  skip: !isRoot && 'needs root',
}, async (t) => {
  const box = new Sandbox(t);
  const program = await compile(box, 'plants.c', '-pthread');
  const story = `
    "$NODE" "$CLI" start --name tree --ready exec "$PROGRAM" comet || exit 1
    until grep -q planted "$DAIMON_HOME/logs/tree.log"; do sleep 0.01; done
    kill -9 "$(cat "$DAIMON_HOME/run/tree.pid")"
    until [ "$("$NODE" "$CLI" status tree > /dev/null; echo $?)" = 1 ]; do sleep 0.01; done
    for round in 1 2 3 4 5; do "$NODE" "$CLI" delete tree && exit 1; done
    "$NODE" "$CLI" delete --force tree || exit 1
    /usr/bin/python3 "$CENSUS" plants 20`;
  const paths = {
    NODE: process.execPath,
    CLI,
    PROGRAM: program,
    CENSUS: join(FIXTURES, 'census.py'),
  };
  const env = { ...box.environment, ...paths };
  const ran = await box.run([...OWN_PIDS, 'bash', '-c', story], { env });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /seen: \[\]/);
  assert.match(ran.stderr, /is dead, but has left (plants|a process that forks)/);
});

test('stop ends descendants that became another user', {
  skip: !isRoot && 'needs root',
}, async (t) => {
  const box = new Sandbox(t);
  const program = await compile(box, 'plants.c', '-pthread');
  await plant(box, program, 'other-user');
  assert.match(await stopped(box, program, '100ms'), /Had to kill/);
});

test('a daemon that is stopped (SIGSTOP) is stopped', async (t) => {
  const box = new Sandbox(t);
  const program = await compile(box, 'plants.c', '-pthread');
  const pid = await plant(box, program, 'plain');
  process.kill(pid, 'SIGSTOP');
  assert.doesNotMatch(await stopped(box, program, '5s'), /Had to kill/);
});

test('a daemon whose main thread has ended runs, and is stopped', async (t) => {
  const box = new Sandbox(t);
  const program = await compile(box, 'plants.c', '-pthread');
  await plant(box, program, 'leaderless-itself');
  const status = await box.daimon('status', 'tree');
  assert.equal(status.status, 0, status.stdout);
  const again = await box.daimon('start', '--name', 'tree', program);
  assert.match(again.stderr, /already running/);
  await stopped(box, program, '1s');
});

for (const [how, end] of [
  ['stop', async (box: Sandbox, program: string) => void (await stopped(box, program, '50ms'))],
  [
    'delete --force',
    async (box: Sandbox) => {
      const ran = await box.daimon('delete', 'tree');
      assert.equal(ran.status, 1);
      assert.match(ran.stderr, /is dead, but has left plants \(pid \d+\).* daimon stop tree; or/);
      await box.succeed('delete', '--force', 'tree');
    },
  ],
  [
    'start',
    async (box: Sandbox) => {
      const ran = await box.daimon('start', '--name', 'tree', 'sleep', '1000');
      assert.equal(ran.status, 0);
      assert.match(ran.stderr, /ended what an earlier run of "tree" had left: plants \(pid \d+\)/);
    },
  ],
] as const) {
  test(`descendants of a daemon that was killed are ended by the next ${how}`, async (t) => {
    const box = new Sandbox(t);
    const program = await compile(box, 'plants.c', '-pthread');
    const pid = await plant(box, program, 'session', 'orphan', 'bare');
    process.kill(pid, 'SIGKILL');
    await eventually(
      'its end',
      () => isRunning(pid),
      (runs) => !runs,
    );
    assert.equal(running(program).length, 3);
    await end(box, program);
    assert.deepEqual(running(program).filter(isRunning), []);
  });
}

test('all of it as an ordinary user', {
  skip: cannotBeOrdinary,
}, async (t) => {
  const box = ordinary(t);
  const program = await compile(box, 'plants.c', '-pthread');
  const as = [
    'setpriv',
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    '--clear-groups',
    process.execPath,
    CLI,
  ];
  const started = await box.run([
    ...as,
    'start',
    '--name',
    'tree',
    '--ready',
    'exec',
    program,
    'session',
    'orphan',
    'deaf',
    'bare',
    'leaderless',
  ]);
  assert.equal(started.status, 0, started.stderr);
  await eventually(
    'its word',
    () => box.logOf('tree'),
    (log) => log.includes('planted'),
  );
  const ran = await box.run([...as, 'stop', 'tree', '--grace', '100ms']);
  assert.equal(ran.status, 0, ran.stderr);
  assert.match(ran.stdout, /Had to kill/);
  assert.deepEqual(running(program), []);
});

test('what may not be signalled is named, and nothing of the daemon is forgotten', {
  skip: cannotBeOrdinary,
}, async (t) => {
  const box = new Sandbox(t);
  chmodSync(box.folder, 0o755);
  const program = await compile(box, 'plants.c', '-pthread');
  await plant(box, program, 'deaf');
  execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, box.home]);
  const as = [
    'setpriv',
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    '--clear-groups',
    process.execPath,
    CLI,
  ];
  const ran = await box.run([...as, 'stop', 'tree']);
  assert.notEqual(ran.status, 0);
  assert.match(ran.stderr, /runs as another user\. Try it as root/);
  assert.equal((await box.run([...as, 'status', 'tree'])).status, 0);
  execFileSync('chown', ['-R', '0:0', box.home]);
});

function ordinary(t: TestContext): Sandbox {
  const box = new Sandbox(t);
  chownSync(box.folder, NOBODY, NOBODY);
  mkdirSync(box.home, { mode: 0o700 });
  chownSync(box.home, NOBODY, NOBODY);
  return box;
}

test('processes that cannot be listed are told, and the daemon is not forgotten', {
  skip: spawnSync('strace', ['-V']).status !== 0 && 'needs strace',
}, async (t) => {
  const box = new Sandbox(t);
  const program = await compile(box, 'plants.c', '-pthread');
  await plant(box, program, 'deaf');
  const failing = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'inject=getdents64:error=EIO'];
  const ran = await box.run([...failing, process.execPath, CLI, 'stop', 'tree']);
  assert.equal(ran.status, 1, ran.stdout);
  assert.match(ran.stderr, /^daimon: .*EIO/);
  assert.equal((await box.daimon('status', 'tree')).status, 1);
  await stopped(box, program, '50ms');
});
