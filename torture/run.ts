// npm run torture -- [--seed N] [--steps N] [--minutes N] [--own-machine] [--only SCENARIO,…]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { torture } from './engine.ts';
import { Violation } from './violation.ts';

/** Set for the process inside the namespaces: its folder. */
const INSIDE = 'DAIMON_TORTURE_FOLDER';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    steps: { type: 'string' },
    minutes: { type: 'string' },
    'own-machine': { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const minutes = Number(
  values.minutes ?? (values.steps === undefined ? 1 : Number.POSITIVE_INFINITY),
);
const steps = Number(values.steps ?? Number.POSITIVE_INFINITY);
const ownMachine = values['own-machine'];
const only = values.only?.split(',') ?? null;
/** What the plan depends on, beside the seed. */
const choices = [
  ...(ownMachine ? ['--own-machine'] : []),
  ...(values.only === undefined ? [] : ['--only', values.only]),
];

/** All of it happens among processes, pids and mounts of its own, which end with the first of them. */
async function enter(): Promise<number> {
  const own = ['--pid', '--mount', '--mount-proc', '--fork', '--kill-child'];
  // The first process of a PID namespace is to reap: bash does. It would exec its last command.
  const reaper = ['bash', '-c', '"$@"; exit $?', 'bash'];
  const again = [process.execPath, ...process.execArgv, fileURLToPath(import.meta.url)];
  const amounts = ['--seed', seed, '--steps', steps, '--minutes', minutes].map(String);
  const words = [...amounts, ...choices];
  const folder = mkdtempSync(join(tmpdir(), 'daimon-torture-'));
  const child = spawn('unshare', [...own, '--', ...reaper, ...again, ...words], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: folder },
  });
  const [code] = await once(child, 'exit');
  if (code === 0) rmSync(folder, { recursive: true });
  return code ?? 1;
}

async function inside(folder: string): Promise<number> {
  const startedMs = performance.now();
  const seconds = () => Math.round((performance.now() - startedMs) / 1000);
  const say = (text: string) => console.log(`[${seconds()} s] ${text}`);
  say(`seed ${seed}, in ${folder}`);
  try {
    const untilMs = startedMs + minutes * 60_000;
    const done = await torture({ seed, steps, untilMs, folder, ownMachine, only, say });
    say(`seed ${seed}: ${done} steps, every invariant held`);
    return 0;
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    cpSync(join(folder, 'home'), join(folder, 'kept'), { recursive: true });
    const step = /^step (\d+)/.exec(error.message)?.[1] ?? steps;
    say(`VIOLATED: ${error.message}\n${error.seen}`);
    say(`what was done: ${folder}/journal.txt; what was left: ${folder}/kept`);
    say(`again: npm run torture -- ${['--seed', seed, '--steps', step, ...choices].join(' ')}`);
    return 1;
  }
}

const folder = process.env[INSIDE];
process.exit(folder === undefined ? await enter() : await inside(folder));
