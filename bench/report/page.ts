import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CHAPTERS,
  type Failure,
  type Figure,
  formatValue,
  type Run,
  ratioOf,
  type ScenarioResult,
  verdictOf,
} from '../lib/scenario.ts';
import { summarize } from '../lib/stats.ts';
import { plot } from './plot.ts';
import { formatDoubt, formatRatio, formatRun } from './words.ts';

const ROOT = join(import.meta.dirname, '../..');
const PLOTS = join(ROOT, 'docs/benchmarks');

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
    `${formatValue(figure.summary.median, figure.unit)} ${formatDoubt(figure)}`.trim(),
    `${formatValue(figure.summary.low, figure.unit)} – ${formatValue(figure.summary.high, figure.unit)}`,
    ...(hasRatios ? [formatRatio(ratioOf(result, figure))] : []),
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
    `What it isolates: ${result.isolates}.${result.floor === undefined ? '' : ` Ratios: × \`${result.floor}\`.`}`,
    '',
    `![${result.title}](benchmarks/${result.id}.svg)`,
    '',
    ...result.dropouts.flatMap(({ contender, failed }) => [
      `**${contender}** failed and took no further part: ${failed}.`,
      '',
    ]),
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
        ? formatRatio(ratio)
        : formatValue(figure.summary.median, figure.unit);
      const held = verdict.isHeld ? 'held' : '**missed**';
      return [`| ${result.title}: ${figure.key} | ${verdict.aim} | ${reached} | ${held} |`];
    }),
  );
  const held = rows.filter((row) => row.endsWith(' held |')).length;
  return [
    `${held} of ${rows.length} held.`,
    '',
    '| what | aim | reached | |',
    '|---|---|---:|---|',
    ...rows,
    '',
  ];
}

/** Writes docs/benchmarks.md, its plots and its samples; where the page is. */
export function writePage({ machine, results, failures }: Run): string {
  mkdirSync(PLOTS, { recursive: true });
  for (const name of readdirSync(PLOTS)) rmSync(join(PLOTS, name));
  for (const result of results) writeFileSync(join(PLOTS, `${result.id}.svg`), plot(result));
  writeFileSync(join(PLOTS, 'results.json'), formatRun({ machine, results, failures }));
  const chapters = CHAPTERS.flatMap((chapter) => {
    const own = results.filter((result) => result.chapter === chapter);
    const failed = failures.filter((failure) => failure.chapter === chapter);
    if (own.length + failed.length === 0) return [];
    return [`## ${chapter}`, '', ...own.flatMap(section), ...failed.flatMap(failedSection)];
  });
  const noise = results.map((result) => result.noise.spreadPercent);
  const page = [
    '# Benchmarks',
    '',
    `Made by \`npm run bench\` on ${machine.at.slice(0, 10)}: Node ${machine.node}, Linux ${machine.kernel}, ${machine.processors} processors (${machine.model}). ` +
      'The contenders of a scenario run in turn, round by round, so that what slows the machine slows all of them: ' +
      'quote ratios, not milliseconds.',
    '',
    '- Blue is daimon, orange the floor of a scenario, grey the peers, as Debian 12 and npm have them. ' +
      'A line over the end of a bar goes from the 10th to the 90th percentile; a green or red mark is the aim.',
    '- ± is how far the median itself may be off: half its 95 % confidence interval.',
    '- Commands are spawned and clocked by a C program of a few lines, so that no figure holds the cost of the program that measures.',
    '- The noise of the machine is how much longer a loop of fixed work takes at the 90th percentile than at the median; ' +
      `in this run ${summarize(noise).median.toFixed(0)} % (median of the scenarios), at most ${Math.max(...noise).toFixed(0)} %.`,
    '- All samples are in [results.json](benchmarks/results.json).',
    '',
    '## What we aim at',
    '',
    ...aims(results),
    ...chapters,
  ].join('\n');
  const path = join(ROOT, 'docs/benchmarks.md');
  writeFileSync(path, page);
  return path;
}

function failedSection({ title, failed }: Failure): string[] {
  return [`### ${title}`, '', `**No result**: ${failed}.`, ''];
}
