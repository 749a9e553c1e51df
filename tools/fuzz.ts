// npm run fuzz -- [--minutes N] [--seed N] [--runs N]: the properties of test/property, with ever new inputs.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const FOLDER = fileURLToPath(new URL('../test/property/', import.meta.url));
/** A property that answers no more is a fault like any other. */
const HANG_MS = 600_000;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string' },
    runs: { type: 'string', default: '5000' },
  },
});
const { runs } = values;
const endMs = performance.now() + Number(values.minutes) * 60_000;
const firstSeed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const files = readdirSync(FOLDER).map((name) => join(FOLDER, name));

/** null: every property held; else what the tests said. */
async function look(seed: number): Promise<string | null> {
  const words = ['--import', 'tsx', '--test', '--test-reporter=tap', ...files];
  const child = spawn(process.execPath, words, {
    env: { ...process.env, DAIMON_FUZZ_SEED: String(seed), DAIMON_FUZZ_RUNS: runs },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: HANG_MS,
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code, signal] = await once(child, 'close');
  if (signal !== null) return `${output}\nno answer for ${HANG_MS / 1000} s`;
  return code === 0 ? null : output;
}

let seed = firstSeed;
for (; seed === firstSeed || performance.now() < endMs; seed++) {
  const fault = await look(seed);
  if (fault === null) continue;
  console.log(fault);
  console.log(`again: npm run fuzz -- --minutes 0 --runs ${runs} --seed ${seed}`);
  process.exit(1);
}
console.log(`seeds ${firstSeed} to ${seed - 1}, ${runs} inputs for each property: all held`);
