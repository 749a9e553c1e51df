// npm run bench [-- --only word …] [--rounds n]: daimon beside its peers, interleaved, medians and ratios of one run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BENCH } from './lib/processes.ts';
import {
  type Figure,
  formatValue,
  ratioOf,
  runScenario,
  type ScenarioResult,
  verdictOf,
} from './lib/scenario.ts';
import { command, nodeStart } from './scenarios/command.ts';
import { refuseSecond, startAtOnce } from './scenarios/identity.ts';
import { launchC, launchNode } from './scenarios/launching.ts';
import { growth, hundred, thousand } from './scenarios/many.ts';
import { exitSeen, heaps } from './scenarios/native.ts';
import { rest } from './scenarios/rest.ts';
import {
  busyWorkers,
  childTree,
  drainConnections,
  flagCheck,
  signalToHandler,
} from './scenarios/shutdown.ts';
import { stopC, stopNode } from './scenarios/stopping.ts';

const SCENARIOS = [
  launchC,
  launchNode,
  heaps,
  command,
  nodeStart,
  refuseSecond,
  startAtOnce,
  stopC,
  stopNode,
  exitSeen,
  flagCheck,
  signalToHandler,
  busyWorkers,
  drainConnections,
  childTree,
  rest,
  growth,
  hundred,
  thousand,
];

function formatResult(result: ScenarioResult): string {
  const width = Math.max(...result.figures.map(({ key }) => key.length));
  const { load, spreadPercent } = result.noise;
  return [
    `${result.id}: ${result.title}`,
    ...result.figures.map((figure) => formatFigure(result, figure, width)),
    `  (${result.tookSeconds} s; load ${load.toFixed(1)}, noise ${spreadPercent.toFixed(0)} %)`,
    '',
  ].join('\n');
}

function formatFigure(result: ScenarioResult, figure: Figure, width: number): string {
  const { key, unit, summary } = figure;
  const [median, low, high] = [summary.median, summary.low, summary.high].map((value) =>
    formatValue(value, unit),
  );
  const ratio = ratioOf(result, figure);
  const verdict = verdictOf(result, figure);
  const said = verdict && `(aim ${verdict.aim}: ${verdict.isHeld ? 'held' : 'MISSED'})`;
  return [
    `  ${key.padEnd(width)}`,
    median?.padStart(10),
    `[${low} – ${high}]`.padEnd(24),
    ratio === null ? '' : `${ratio.toFixed(2)} ×`,
    said ?? '',
  ].join('  ');
}

const { values, positionals } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: 'Infinity' }, // at most; for trying a scenario out
  },
  allowPositionals: true,
});
const wanted = [...values.only, ...positionals];
const chosen = SCENARIOS.filter(
  ({ id }) => wanted.length === 0 || wanted.some((word) => id.includes(word)),
);
if (chosen.length === 0) {
  console.error(`No such scenario; there are: ${SCENARIOS.map(({ id }) => id).join(', ')}`);
  process.exit(2);
}
console.log(
  `Node ${process.versions.node}, Linux ${release()}, ${cpus().length} × ${cpus()[0]?.model ?? '?'}`,
);
console.log('Medians [10th – 90th percentile], and ratios to the floor.\n');
const results: ScenarioResult[] = [];
for (const scenario of chosen) {
  const rounds = Math.min(scenario.rounds, Number(values.rounds));
  const result = await runScenario({ ...scenario, rounds });
  results.push(result);
  console.log(formatResult(result));
}
const machine = {
  node: process.versions.node,
  kernel: release(),
  processors: cpus().length,
  at: new Date().toISOString(),
};
const folder = join(BENCH, 'results');
mkdirSync(folder, { recursive: true });
// A part of the scenarios is not the whole run that the page is made of.
const name = chosen.length === SCENARIOS.length ? 'latest.json' : 'part.json';
writeFileSync(join(folder, name), `${JSON.stringify({ machine, results }, null, 2)}\n`);
process.exit(0);
