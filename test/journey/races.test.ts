import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { compile } from '../helpers/compile.ts';
import { eventually } from '../helpers/eventually.ts';
import { rounds } from '../helpers/rounds.ts';
import { CLI, isRunning, processesNaming, type Ran, Sandbox } from '../helpers/sandbox.ts';

const STARTERS = 20;

/** Every process that runs this program with this argument. */
function copiesOf(argument: string): number[] {
  return processesNaming(argument)
    .filter(({ pid, command }) => !command.includes('cli.cjs') && isRunning(pid))
    .map(({ pid }) => pid);
}

for (const [kind, program] of [
  ['that keeps its lock', async () => '/bin/sleep'],
  ['that closes all fds it inherits', (box: Sandbox) => compile(box, 'closes-all-fds.c')],
] as const) {
  test(`${STARTERS} simultaneous starts make one daemon ${kind}`, async (t) => {
    const box = new Sandbox(t);
    const file = await program(box);
    for (let round = 0; round < rounds(2); round++) {
      const seconds = `${100_000 + round}.${process.pid}`;
      const all = await Promise.all(
        Array.from({ length: STARTERS }, () =>
          box.daimon('start', '--name', 'one', '--ready', 'exec', file, seconds),
        ),
      );
      const winners = all.filter(({ status }) => status === 0);
      const losers = all.filter(({ status }) => status !== 0);
      const said = all.map(({ status, stdout, stderr }) => `${status} ${stdout}${stderr}`).join('');
      assert.equal(winners.length, 1, said);
      const pid = box.pidOf('one');
      assert.match(winners[0]?.stdout ?? '', new RegExp(`pid ${pid}\\b`));
      for (const { status, stderr } of losers) {
        assert.equal(status, 1);
        assert.match(stderr, new RegExp(`already running \\(pid ${pid},`), said);
      }
      assert.deepEqual(copiesOf(seconds), [pid], said);
      await box.succeed('stop', 'one');
      assert.deepEqual(copiesOf(seconds), []);
    }
  });
}

test('a start that comes late truncates nothing and ends nobody', async (t) => {
  const box = new Sandbox(t);
  await box.succeed('start', '--name', 'first', '--', 'sh', '-c', 'echo first; exec sleep 1000');
  const before = box.pidOf('first');
  const late = await box.daimon(
    'start',
    '--name',
    'first',
    '--',
    'sh',
    '-c',
    'echo second; exec sleep 1000',
  );
  assert.equal(late.status, 1);
  assert.match(late.stderr, new RegExp(`already running \\(pid ${before},`));
  assert.equal(box.pidOf('first'), before);
  assert.equal(box.logOf('first'), 'first\n');
});

test('kill -9 leaves nothing stale: the next start simply starts', async (t) => {
  const box = new Sandbox(t);
  await box.succeed('start', '--name', 'again', 'sleep', '1000');
  const first = box.pidOf('again');
  process.kill(first, 'SIGKILL');
  await eventually(
    'its end',
    () => isRunning(first),
    (runs) => !runs,
  );
  assert.equal((await box.daimon('status', 'again')).status, 1);
  await box.succeed('start', '--name', 'again', 'sleep', '1000');
  assert.notEqual(box.pidOf('again'), first);
  assert.equal((await box.daimon('status', 'again')).status, 0);
});

test('a daemon may start daemons: no marker is handed down, and each has its own tree', async (t) => {
  const box = new Sandbox(t);
  const inner = `"${process.execPath}" "${CLI}" start --name inner sleep 1000; exec sleep 1000`;
  await box.succeed('start', '--name', 'outer', '--', 'sh', '-c', inner);
  await eventually(
    'the inner daemon',
    async () => (await box.daimon('status', 'inner', '--json')).stdout,
    (status) => /"ready": true/.test(status),
  );
  const pid = box.pidOf('inner');
  await box.succeed('stop', 'outer');
  assert.equal(isRunning(pid), true);
  assert.equal((await box.daimon('status', 'inner')).status, 0);
  await box.succeed('stop', 'inner');
  assert.equal(isRunning(pid), false);
});

test('a launcher killed at any moment leaves a daemon that is known, or none', async (t) => {
  const box = new Sandbox(t);
  box.file('app.cjs', 'setInterval(() => {}, 1e6)');
  for (let round = 0; round < rounds(40); round++) {
    const entry =
      round % 2 === 0
        ? ['sleep', `${200_000 + round}.${process.pid}`]
        : ['app.cjs', `round-${round}.${process.pid}`];
    const launcher = box.spawn([process.execPath, CLI, 'start', '--name', 'orphan', ...entry], {
      stdio: 'ignore',
    });
    // Boot takes some 25 ms, then everything happens within some 5.
    await sleep(20 + (round / rounds(40)) * 60 + Math.random() * 4);
    launcher.kill('SIGKILL');
    await new Promise((resolve) =>
      launcher.exitCode === null && launcher.signalCode === null
        ? launcher.once('exit', resolve)
        : resolve(null),
    );
    // The half-born daemon of a dead launcher goes on to its exec.
    await eventually(
      'one daemon at most, and the one that is known',
      async () => {
        const running = copiesOf(entry[1] ?? '');
        const { status, stdout } = await box.daimon('status', 'orphan', '--json');
        return { running, status, pid: (JSON.parse(stdout) as { pid: number | null }).pid };
      },
      ({ running, status, pid }) =>
        running.length === 0
          ? status === 3 || status === 1
          : running.length === 1 && running[0] === pid && status === 0,
    );
    const stopped = await box.daimon('stop', 'orphan');
    assert.ok(stopped.status === 0 || /not running/.test(stopped.stderr), stopped.stderr);
    assert.deepEqual(copiesOf(entry[1] ?? ''), []);
    const started = await box.daimon(
      'start',
      '--name',
      'orphan',
      '--ready',
      'exec',
      'sleep',
      '1000',
    );
    assert.equal(started.status, 0, started.stderr);
    await box.succeed('stop', 'orphan');
    assert.deepEqual(
      [...readdirSync(join(box.home, 'run')), ...readdirSync(join(box.home, 'state'))],
      [],
    );
  }
});

test('starts, stops, restarts and deletes at the same time: at most one daemon of a name, always', async (t) => {
  const box = new Sandbox(t);
  const argument = `300000.${process.pid}`;
  const commands = [
    ['start', '--name', 'torn', '--ready', 'exec', 'sleep', argument],
    ['stop', 'torn'],
    ['restart', 'torn'],
    ['delete', '--force', 'torn'],
    ['start', '--name', 'torn', 'sleep', argument],
    ['delete', 'torn'],
    ['status', 'torn'],
  ];
  const odd: Ran[] = [];
  let over = false;
  const most = (async () => {
    let seen = 0;
    while (!over) {
      seen = Math.max(seen, copiesOf(argument).length);
      await sleep(1);
    }
    return seen;
  })();
  for (let round = 0; round < rounds(5); round++) {
    const all = await Promise.all(
      [...commands, ...commands].map((command) => box.daimon(...command)),
    );
    odd.push(
      ...all.filter(({ stderr }) => /bug in daimon|at .*cli\.cjs|ENOENT|EEXIST/.test(stderr)),
    );
    const { status, stdout } = await box.daimon('status', 'torn', '--json');
    const { pid } = JSON.parse(stdout) as { pid: number | null };
    const running = copiesOf(argument);
    assert.deepEqual(running, pid === null ? [] : [pid]);
    assert.equal(status === 0, pid !== null);
    if (pid !== null)
      assert.equal(Number(readFileSync(join(box.home, 'run/torn.pid'), 'utf8')), pid);
  }
  over = true;
  assert.deepEqual(odd, []);
  assert.ok((await most) <= 1, `${await most} at once`);
  await box.daimon('stop', 'torn');
  assert.deepEqual(copiesOf(argument), []);
});
