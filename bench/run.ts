// npm run bench [-- word …] [--rounds n] [--page]: daimon beside its peers, interleaved, medians and ratios of one run.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Failure, LIMIT_SECONDS, type Run, type Scenario } from './lib/scenario.ts';
import { writePage } from './report/page.ts';
import { formatResult } from './report/text.ts';
import { formatRun } from './report/words.ts';
import { SCENARIOS } from './scenarios/index.ts';

const BENCH = import.meta.dirname;
const RESULTS = join(BENCH, 'results');
const LIMIT_STATUS = 124; // init.c

type Outcome = Run['results'][number] | Failure;

/**
 * A scenario has a process of its own, so that the memory of one is not in the figures of the next, and
 * an init of its own, which ends it after its time, and all that it has left.
 */
function runApart(scenario: Scenario, rounds: number): Outcome {
  const { id, chapter, title, limitSeconds = LIMIT_SECONDS } = scenario;
  const folder = mkdtempSync(join(tmpdir(), 'daimon-bench-'));
  const file = join(folder, 'outcome.json');
  const one = [process.execPath, '--import', 'tsx', join(BENCH, 'one.ts')];
  try {
    const { status } = spawnSync(
      join(BENCH, 'build/init'),
      [String(limitSeconds), ...one, id, String(rounds), file],
      { stdio: 'inherit', env: { ...process.env, TMPDIR: folder } },
    );
    if (status === LIMIT_STATUS)
      return { id, chapter, title, failed: `it was not done within ${limitSeconds} s` };
    if (status !== 0) return { id, chapter, title, failed: `it ended with ${status}` };
    return { id, chapter, title, ...JSON.parse(readFileSync(file, 'utf8')) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const { values, positionals } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: 'Infinity' }, // at most; for trying it out
    page: { type: 'boolean', default: false }, // even if it is not a whole run
  },
  allowPositionals: true,
});
const wanted = [...values.only, ...positionals];
const chosen = SCENARIOS.filter(
  ({ id }) => wanted.length === 0 || wanted.some((word) => id.includes(word)),
);
const most = Number(values.rounds);
if (chosen.length === 0 || !(most > 0)) {
  console.error(
    `--rounds is a number, and the scenarios are: ${SCENARIOS.map(({ id }) => id).join(', ')}`,
  );
  process.exit(2);
}
const machine = {
  node: process.versions.node,
  kernel: release(),
  processors: cpus().length,
  model: cpus()[0]?.model ?? 'unknown',
  at: new Date().toISOString(),
};
console.log(
  `Node ${machine.node}, Linux ${machine.kernel}, ${machine.processors} × ${machine.model}`,
);
console.log('Medians ± their doubt [10th – 90th percentile], and ratios to the floor.\n');
const isWhole = chosen.length === SCENARIOS.length && most === Number.POSITIVE_INFINITY;
const file = join(RESULTS, isWhole ? 'latest.json' : 'part.json');
mkdirSync(RESULTS, { recursive: true });
const results: Run['results'][number][] = [];
const failures: Failure[] = [];
const failed: string[] = [];
const run: Run = { machine, results, failures };
for (const scenario of chosen) {
  const outcome = runApart(scenario, Math.min(scenario.rounds, most));
  if ('failed' in outcome) {
    failures.push(outcome);
    failed.push(outcome.id);
    console.log(`${outcome.id}: FAILED: ${outcome.failed}\n`);
  } else {
    results.push(outcome);
    for (const { contender } of outcome.dropouts) failed.push(`${outcome.id} (${contender})`);
    console.log(formatResult(outcome));
  }
  writeFileSync(file, formatRun(run));
}
console.log(`All samples: ${file}`);
if (isWhole || values.page) console.log(`The page: ${writePage(run)}`);
if (failed.length > 0) {
  console.error(`Failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
