// npm run bench [scenario …]: daimon beside its peers, interleaved, medians and ratios in one run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { BENCH } from './lib/processes.ts';
import { runScenario, type ScenarioResult } from './lib/scenario.ts';
import { command, nodeStart } from './scenarios/command.ts';
import { exitSeen, nativeLaunches } from './scenarios/native.ts';
import { launchC, launchNode } from './scenarios/peers.ts';
import {
  busyWorkers,
  childTree,
  drainConnections,
  flagCheck,
  signalToHandler,
} from './scenarios/shutdown.ts';

const SCENARIOS = [
  command,
  nodeStart,
  ...nativeLaunches,
  exitSeen,
  launchC,
  launchNode,
  flagCheck,
  signalToHandler,
  busyWorkers,
  drainConnections,
  childTree,
];

function formatResult(result: ScenarioResult): string {
  const floor = result.figures[result.floor]?.median ?? Number.NaN;
  const width = Math.max(...Object.keys(result.figures).map((key) => key.length));
  const lines = Object.entries(result.figures).map(([key, { median, low, high }]) => {
    const ratio = median / floor;
    const aim = result.aims[key];
    const verdict =
      aim === undefined ? '' : ratio <= aim ? `  (aim ≤ ${aim}: held)` : `  (aim ≤ ${aim}: MISSED)`;
    return `  ${key.padEnd(width)}  ${median.toFixed(2).padStart(8)} ms  [${low.toFixed(2)} – ${high.toFixed(2)}]  ${ratio.toFixed(2)} ×${verdict}`;
  });
  return [`${result.id}: ${result.isolates}`, ...lines, ''].join('\n');
}

const wanted = process.argv.slice(2);
const chosen = SCENARIOS.filter(
  ({ id }) => wanted.length === 0 || wanted.some((word) => id.includes(word)),
);
console.log(
  `Node ${process.versions.node}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model ?? '?'}`,
);
console.log('Medians of interleaved runs [10th – 90th percentile], and ratios to the floor.\n');
const results: ScenarioResult[] = [];
for (const scenario of chosen) {
  const result = await runScenario(scenario);
  results.push(result);
  console.log(formatResult(result));
}
mkdirSync(join(BENCH, 'results'), { recursive: true });
const machine = {
  node: process.versions.node,
  kernel: release(),
  processors: cpus().length,
  at: new Date().toISOString(),
};
writeFileSync(
  join(BENCH, 'results/latest.json'),
  `${JSON.stringify({ machine, results }, null, 2)}\n`,
);
process.exit(0);
