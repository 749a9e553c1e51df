import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { compile } from '../helpers/compile.ts';
import { eventually } from '../helpers/eventually.ts';
import { inForeground, type Program } from '../helpers/program.ts';
import { isRunning, Sandbox } from '../helpers/sandbox.ts';

const [SIGUSR1, SIGTERM, SIGRTMIN, SIGRTMAX] = [10, 15, 34, 64] as const;
const NEVER = new Set([9, 17, 19, 32, 33]);
const FORWARDED = Array.from({ length: 64 }, (_, index) => index + 1).filter(
  (number) => !NEVER.has(number),
);
const ROUNDS = 20;

async function printer(box: Sandbox, options: readonly string[], last: number): Promise<Program> {
  const program = await compile(box, 'prints-signals.c');
  return inForeground(box, ...options, program, String(last));
}

/** The numbers that the one program printed, in order. */
function numbersIn(output: string): number[] {
  return [...output.matchAll(/^\d+ (\d+)$/gm)].map(([, number]) => Number(number));
}

/** True once the process reads its signals: it has blocked them in all of its threads before. */
function capturesSignals(pid: number): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => readlinkSync(join(folder, fd)).includes('signalfd'));
  } catch {
    return false; // an fd was closed meanwhile
  }
}

test('run forwards every signal there is to forward', async (t) => {
  await using running = await printer(new Sandbox(t), [], SIGRTMAX);
  await running.says(/ready/);
  for (const number of FORWARDED) {
    running.signal(number);
    await running.says(new RegExp(`^\\d+ ${number}$`, 'm'));
  }
  assert.equal(await running.end(), 0);
  assert.deepEqual(numbersIn(running.output), FORWARDED);
  assert.equal(running.errors, '');
});

test('run loses and reorders nothing of a burst', async (t) => {
  await using running = await printer(new Sandbox(t), [], SIGTERM);
  await running.says(/ready/);
  const sent: number[] = [];
  // Ascending, because that is the order in which the kernel delivers what is pending together.
  for (let number = SIGRTMIN; number <= SIGRTMAX; number++)
    for (let copy = 0; copy < ROUNDS; copy++) sent.push(number);
  for (const number of sent) running.signal(number);
  await eventually(
    'all of the burst',
    () => numbersIn(running.output).length,
    (count) => count >= sent.length,
  );
  running.signal(SIGTERM);
  assert.equal(await running.end(), 0);
  assert.deepEqual(numbersIn(running.output), [...sent, SIGTERM]);
});

test('run keeps the signals that come before there is a child', async (t) => {
  const box = new Sandbox(t);
  const fifo = join(box.folder, 'environment');
  execFileSync('mkfifo', [fifo]);
  await using running = await printer(box, ['--env-file', fifo], SIGRTMAX); // waits for a writer of the file
  await eventually(
    'signals are captured',
    () => capturesSignals(running.pid),
    (captured) => captured,
  );
  for (const number of [SIGUSR1, SIGTERM, SIGRTMIN, SIGRTMIN, SIGRTMAX]) running.signal(number);
  box.spawn(['sh', '-c', `echo A=1 > ${fifo}`]);
  assert.equal(await running.end(), 0);
  assert.deepEqual(numbersIn(running.output), [SIGUSR1, SIGTERM, SIGRTMIN, SIGRTMIN, SIGRTMAX]);
});

test('run --rewrite changes a signal into another, or drops it', async (t) => {
  const options = ['--rewrite', 'TERM:QUIT', '--rewrite', '10:0', '--rewrite', 'SIGHUP:RTMIN+2'];
  await using running = await printer(new Sandbox(t), options, 12);
  await running.says(/ready/);
  for (const number of [SIGTERM, SIGUSR1, 1, 12]) {
    running.signal(number);
    if (number === SIGTERM) await running.says(/ 3$/m);
    if (number === 1) await running.says(/ 36$/m);
  }
  assert.equal(await running.end(), 0);
  assert.deepEqual(numbersIn(running.output), [3, 36, 12]);
});

for (const { option, listeners } of [
  { option: [], listeners: 2 },
  { option: ['--single-child'], listeners: 1 },
]) {
  test(`run ${option} forwards to ${listeners} of a group of two`, async (t) => {
    const box = new Sandbox(t);
    const program = await compile(box, 'prints-signals.c');
    const script = `${program} & exec ${program}`;
    await using running = inForeground(box, ...option, '--name', 'two', 'sh', '-c', script);
    await running.says(/ready[\s\S]*ready/);
    running.signal(SIGUSR1);
    await running.says(listeners === 2 ? / 10$[\s\S]* 10$/m : / 10$/m);
    running.signal(SIGTERM);
    assert.equal(await running.end(), 0);
    assert.equal(
      numbersIn(running.output).filter((number) => number === SIGUSR1).length,
      listeners,
    );
  });
}

for (const rewrite of ['TERM', 'TERM:QUIT:INT', 'KILL:TERM', 'TERM:', 'TREM:QUIT', 'TERM:99']) {
  test(`run --rewrite ${rewrite} is a usage error`, async (t) => {
    const ran = await new Sandbox(t).daimon('run', '--rewrite', rewrite, 'true');
    assert.equal(ran.status, 2);
    assert.match(ran.stderr, /^daimon: /);
  });
}

test('run is killed: its whole tree goes too', async (t) => {
  const box = new Sandbox(t);
  const script =
    "trap '' TERM; (setsid sleep 1000 & echo $!) ; sleep 1000 & echo $!; echo $$; wait";
  await using running = inForeground(box, '--name', 'tree', 'sh', '-c', script);
  await running.says(/(\d+\n){3}/); // at once: no moment of its life may be unguarded
  const pids = running.output.trim().split('\n').map(Number);
  running.signal(9);
  await running.end();
  await eventually(
    'the end of the tree',
    () => pids.filter(isRunning),
    (left) => left.length === 0,
  );
  assert.equal((await box.daimon('status', 'tree')).status, 1);
  await box.succeed('delete', 'tree');
});

test('run asleep wakes up for nothing', async (t) => {
  await using running = await printer(new Sandbox(t), [], SIGTERM);
  await running.says(/ready/);
  const switches = () =>
    execFileSync('sh', ['-c', `cat /proc/${running.pid}/task/*/status`], { encoding: 'utf8' })
      .match(/voluntary_ctxt_switches:\t\d+/g)
      ?.join();
  // It settles, and then two looks a second apart see the same.
  await eventually(
    'a second without a wake-up',
    async () => {
      const before = switches();
      await sleep(1000);
      return before === switches();
    },
    (same) => same,
  );
  running.signal(SIGTERM);
  assert.equal(await running.end(), 0);
});
