import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { compile } from '../helpers/compile.ts';
import { eventually } from '../helpers/eventually.ts';
import { Program } from '../helpers/program.ts';
import { CLI, isRunning, Sandbox } from '../helpers/sandbox.ts';

// What a container is to its first process: a pid namespace with a /proc of its own.
const UNSHARE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'] as const;
const DAIMON = [process.execPath, '--', CLI, 'run', '--grace', '300ms', '--'];
const INITS: Readonly<Record<string, readonly string[]>> = {
  'daimon run': DAIMON,
  tini: ['tini', '--'],
  'dumb-init': ['dumb-init', '--'],
};
const [SIGUSR1, SIGTERM] = [10, 15];
const ORPHANS = 100;

function skipReason(init: string): string | false {
  if (spawnSync(UNSHARE[0], [...UNSHARE.slice(1), 'true']).status !== 0)
    return 'needs root, to make a pid namespace';
  const [program = ''] = INITS[init] ?? [];
  return spawnSync(program, ['--version']).error === undefined ? false : `needs ${program}`;
}

/** Runs the program under an init that is the first process of its namespace. */
class Container extends Program {
  readonly box: Sandbox;

  constructor(t: TestContext, init: string, ...program: readonly string[]) {
    const box = new Sandbox(t);
    const [file, ...args] = UNSHARE;
    super(file, [...args, ...(INITS[init] ?? []), ...program], {
      env: box.environment,
      cwd: box.folder,
    });
    this.box = box;
  }

  /** The first process, as the host numbers it. */
  get initPid(): number {
    return Number(readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'latin1'));
  }

  signalInit(signalNumber: number): void {
    process.kill(this.initPid, signalNumber);
  }
}

for (const init of Object.keys(INITS)) {
  const skip = skipReason(init);

  for (const { script, status } of [
    { script: 'exit 0', status: 0 },
    { script: 'exit 7', status: 7 },
    { script: 'kill -KILL $$', status: 137 },
  ]) {
    test(`${init} as pid 1 ends with ${status} after "${script}"`, { skip }, async (t) => {
      await using container = new Container(t, init, 'sh', '-c', script);
      assert.equal(await container.end(), status);
      assert.equal(container.errors, '');
    });
  }

  test(`${init} as pid 1 leaves no zombie of ${ORPHANS} orphans`, { skip }, async (t) => {
    const script = `i=0; while [ $i -lt ${ORPHANS} ]; do (sh -c 'exit 3' &); i=$((i+1)); done
      while grep -qs '^State:.Z' /proc/[0-9]*/status; do sleep 0.02; done; echo clean`;
    await using container = new Container(t, init, 'sh', '-c', script);
    await container.says(/clean/);
    assert.equal(await container.end(), 0);
  });

  for (const { trap, status } of [
    { trap: '', status: 143 },
    { trap: "trap 'exit 5' TERM;", status: 5 },
  ]) {
    test(`${init} as pid 1 passes TERM on; its code: ${status}`, { skip }, async (t) => {
      const script = `${trap} echo up; while :; do sleep 0.02; done`;
      await using container = new Container(t, init, 'sh', '-c', script);
      await container.says(/up/);
      container.signalInit(SIGTERM);
      assert.equal(await container.end(), status);
    });
  }

  test(`${init} as pid 1 becomes the parent of what daemonizes`, { skip }, async (t) => {
    const script = `(setsid sh -c 'sleep 0.2; grep PPid /proc/$$/status' &); sleep 1000`;
    await using container = new Container(t, init, 'sh', '-c', script);
    await container.says(/PPid:\t1$/m);
    container.signalInit(SIGTERM);
    assert.equal(await container.end(), 143);
  });

  test(`${init} as pid 1: docker stop of what ignores TERM leaves nothing`, { skip }, async (t) => {
    const script = "trap 'echo ignored' TERM; echo up $$; while :; do sleep 0.02; done";
    await using container = new Container(t, init, 'sh', '-c', script);
    await container.says(/up/);
    const { initPid } = container;
    const child = Number(
      readFileSync(`/proc/${initPid}/task/${initPid}/children`, 'latin1').trim(),
    );
    container.signalInit(SIGTERM);
    await container.says(/ignored/);
    assert.equal(isRunning(child), true);
    container.signalInit(9);
    await container.end();
    assert.equal(isRunning(child), false);
  });
}

const skip = skipReason('daimon run');

test('daimon run as pid 1 asks what outlives its child, before the namespace ends', {
  skip,
}, async (t) => {
  const script = `(setsid sh -c 'trap "echo asked > asked; exit" TERM; echo > up; while :; do sleep 0.02; done' &)
    while [ ! -e up ]; do sleep 0.02; done; exit 3`;
  await using container = new Container(t, 'daimon run', 'sh', '-c', script);
  assert.equal(await container.end(), 3);
  assert.equal(existsSync(join(container.box.folder, 'asked')), true);
});

test('daimon run as pid 1 forwards every signal in order', { skip }, async (t) => {
  const program = await compile(new Sandbox(t), 'prints-signals.c');
  await using container = new Container(t, 'daimon run', program, String(SIGTERM));
  await container.says(/ready/);
  const numbers = Array.from({ length: 64 }, (_, index) => index + 1).filter(
    (number) => ![9, SIGTERM, 17, 19, 32, 33].includes(number),
  );
  for (const number of numbers) {
    container.signalInit(number);
    await container.says(new RegExp(`^\\d+ ${number}$`, 'm'));
  }
  const burst = Array.from({ length: 300 }, (_, index) => 34 + Math.floor(index / 10));
  for (const number of burst) container.signalInit(number);
  const seen = () =>
    [...container.output.matchAll(/^\d+ (\d+)$/gm)].map(([, text]) => Number(text));
  await eventually(
    'the burst',
    () => seen().length,
    (count) => count >= numbers.length + burst.length,
  );
  container.signalInit(SIGTERM);
  assert.equal(await container.end(), 0);
  assert.deepEqual(seen(), [...numbers, ...burst, SIGTERM]);
});

test('daimon run as pid 1 works where nothing can be written', { skip }, async (t) => {
  const box = new Sandbox(t);
  const readOnly = 'mount -o remount,ro,bind / && mount -t tmpfs none /dev/shm && exec "$@"';
  const command = ['unshare', '--mount', '--propagation', 'private', 'sh', '-c', readOnly, 'sh'];
  const script = 'trap "exit 6" USR1; echo up; while :; do sleep 0.02; done';
  const { DAIMON_HOME: _home, ...environment } = box.environment;
  const [file = '', ...args] = [...command, ...UNSHARE, ...DAIMON, 'sh', '-c', script];
  await using running = new Program(file, args, { env: environment, cwd: box.folder });
  await running.says(/up/);
  const unshare = running.pid; // each execs the next
  const init = Number(readFileSync(`/proc/${unshare}/task/${unshare}/children`, 'latin1'));
  process.kill(init, SIGUSR1);
  assert.equal(await running.end(), 6);
  assert.doesNotMatch(running.errors, /daimon/);
});
