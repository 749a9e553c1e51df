// node --import tsx bench/report/page.ts [results.json]: docs/benchmarks.md and its plots from a run's results.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CHAPTERS,
  type Figure,
  formatValue,
  ratioOf,
  type ScenarioResult,
  verdictOf,
} from '../lib/scenario.ts';
import { plot } from './plot.ts';

const ROOT = join(import.meta.dirname, '../..');
const PLOTS = join(ROOT, 'docs/benchmarks');

interface Run {
  readonly machine: { node: string; kernel: string; processors: number; at: string };
  readonly results: readonly ScenarioResult[];
}

function table(result: ScenarioResult): string {
  const hasRatios = result.floor !== undefined;
  const hasAims = result.aims !== undefined;
  const columns = [
    { title: '', rule: '---' },
    { title: 'median', rule: '---:' },
    { title: '10th – 90th percentile', rule: '---' },
    ...(hasRatios ? [{ title: 'ratio', rule: '---:' }] : []),
    ...(hasAims ? [{ title: 'aim', rule: '---' }] : []),
    { title: 'runs', rule: '---:' },
  ];
  const rows = result.figures.map((figure) => [
    figure.key,
    formatValue(figure.summary.median, figure.unit),
    `${formatValue(figure.summary.low, figure.unit)} – ${formatValue(figure.summary.high, figure.unit)}`,
    ...(hasRatios ? [formatRatio(result, figure)] : []),
    ...(hasAims ? [formatVerdict(result, figure)] : []),
    String(figure.summary.count),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(columns.map(({ title }) => title)),
    `|${columns.map(({ rule }) => rule).join('|')}|`,
    ...rows.map(line),
  ].join('\n');
}

function formatRatio(result: ScenarioResult, figure: Figure): string {
  return ratioOf(result, figure)?.toFixed(2) ?? '';
}

function formatVerdict(result: ScenarioResult, figure: Figure): string {
  const verdict = verdictOf(result, figure);
  if (verdict === null) return '';
  return `${verdict.aim}: ${verdict.isHeld ? 'held' : '**missed**'}`;
}

function section(result: ScenarioResult): string[] {
  const { load, spreadPercent } = result.noise;
  return [
    `### ${result.title}`,
    '',
    `What it isolates: ${result.isolates}.`,
    '',
    `![${result.title}](benchmarks/${result.id}.svg)`,
    '',
    '<details><summary>The figures</summary>',
    '',
    table(result),
    '',
    `\`npm run bench -- --only ${result.id}\`; load before it ${load.toFixed(1)}, noise ${spreadPercent.toFixed(0)} %.`,
    '',
    '</details>',
    '',
  ];
}

/** Every aim in one table: what was promised, and what came of it. */
function aims(results: readonly ScenarioResult[]): string[] {
  const rows = results.flatMap((result) =>
    result.figures.flatMap((figure) => {
      const verdict = verdictOf(result, figure);
      if (verdict === null) return [];
      const ratio = ratioOf(result, figure);
      const reached = verdict.aim.endsWith('×')
        ? `${ratio?.toFixed(2)} ×`
        : formatValue(figure.summary.median, figure.unit);
      const held = verdict.isHeld ? 'held' : '**missed**';
      return [`| ${result.title}: ${figure.key} | ${verdict.aim} | ${reached} | ${held} |`];
    }),
  );
  return ['| what | aim | reached | |', '|---|---|---:|---|', ...rows, ''];
}

const [path = join(ROOT, 'bench/results/latest.json')] = process.argv.slice(2);
const { machine, results } = JSON.parse(readFileSync(path, 'utf8')) as Run;
mkdirSync(PLOTS, { recursive: true });
for (const name of readdirSync(PLOTS)) rmSync(join(PLOTS, name));
for (const result of results) writeFileSync(join(PLOTS, `${result.id}.svg`), plot(result));
writeFileSync(join(PLOTS, 'results.json'), `${JSON.stringify({ machine, results }, null, 2)}\n`);
const chapters = CHAPTERS.flatMap((chapter) => {
  const own = results.filter((result) => result.chapter === chapter);
  return own.length === 0 ? [] : [`## ${chapter}`, '', ...own.flatMap(section)];
});
const page = [
  '# Benchmarks',
  '',
  `Made by \`npm run bench\` on ${machine.at.slice(0, 10)}: Node ${machine.node}, Linux ${machine.kernel}, ${machine.processors} processors. ` +
    'The contenders of a scenario run in turn, round by round, so that what slows the machine slows all of them: ' +
    'quote ratios, not milliseconds. Blue is daimon, orange the floor of a scenario, grey the peers, as Debian 12 and npm have them. ' +
    'A line over the end of a bar goes from the 10th to the 90th percentile. The noise of the machine is how much longer a loop of ' +
    'fixed work takes at the 90th percentile than at the median. All samples are in [results.json](benchmarks/results.json).',
  '',
  '## What we aim at',
  '',
  ...aims(results),
  ...chapters,
].join('\n');
writeFileSync(join(ROOT, 'docs/benchmarks.md'), page);
