// node --import tsx bench/report.ts [results.json]: docs/benchmarks.md and its plots from a run's results.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScenarioResult } from './lib/scenario.ts';
import type { Summary } from './lib/stats.ts';

const ROOT = join(import.meta.dirname, '..');
const PLOTS = join(ROOT, 'docs/benchmarks');

interface Run {
  readonly machine: { node: string; kernel: string; processors: number; at: string };
  readonly results: readonly ScenarioResult[];
}

const ROW = 26;
const LABEL = 260;
const PLOT = 460;
const MARGIN = 12;
const OURS = '#2a7de1';
const THEIRS = '#9aa5b1';
const FLOOR = '#e0a030';

/** Horizontal bars of the medians, with a whisker from the 10th to the 90th percentile. */
function plot({ figures, floor, isolates }: ScenarioResult): string {
  const rows = Object.entries(figures);
  const longest = Math.max(...rows.map(([, { high }]) => high));
  const x = (valueMs: number) => LABEL + (valueMs / longest) * PLOT;
  const height = rows.length * ROW + 2 * MARGIN;
  const bars = rows.map(([key, summary], index) =>
    bar(key, summary, MARGIN + index * ROW, key === floor, x),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${LABEL + PLOT + 110}" height="${height}" font-family="sans-serif" font-size="13" role="img" aria-labelledby="title">`,
    `<title id="title">${escapeXml(isolates)}</title>`,
    `<rect width="100%" height="100%" fill="white"/>`,
    ...bars,
    '</svg>',
    '',
  ].join('\n');
}

function bar(
  key: string,
  { median, low, high }: Summary,
  y: number,
  isFloor: boolean,
  x: (valueMs: number) => number,
): string {
  const colour = isFloor ? FLOOR : /daimon/.test(key) ? OURS : THEIRS;
  const middle = y + ROW / 2;
  return [
    `<text x="${LABEL - 8}" y="${middle + 4}" text-anchor="end">${escapeXml(key)}</text>`,
    `<rect x="${LABEL}" y="${y + 4}" width="${(x(median) - LABEL).toFixed(1)}" height="${ROW - 8}" fill="${colour}"/>`,
    `<line x1="${x(low).toFixed(1)}" x2="${x(high).toFixed(1)}" y1="${middle}" y2="${middle}" stroke="#333"/>`,
    `<text x="${(x(high) + 6).toFixed(1)}" y="${middle + 4}">${format(median)} ms</text>`,
  ].join('\n');
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function format(valueMs: number): string {
  return valueMs < 10 ? valueMs.toFixed(2) : valueMs.toFixed(1);
}

function table({ figures, floor, aims }: ScenarioResult): string {
  const floorMs = figures[floor]?.median ?? Number.NaN;
  const rows = Object.entries(figures).map(([key, { median, low, high, count }]) => {
    const ratio = median / floorMs;
    const aim = aims[key];
    const said = aim === undefined ? '' : `≤ ${aim}: ${ratio <= aim ? 'held' : '**missed**'}`;
    return `| ${key} | ${format(median)} | ${format(low)} – ${format(high)} | ${ratio.toFixed(2)} | ${said} | ${count} |`;
  });
  return [
    '| | median, ms | 10th – 90th percentile | ratio to the floor | aim | runs |',
    '|---|---:|---|---:|---|---:|',
    ...rows,
  ].join('\n');
}

const [path = join(ROOT, 'bench/results/latest.json')] = process.argv.slice(2);
const { machine, results } = JSON.parse(readFileSync(path, 'utf8')) as Run;
mkdirSync(PLOTS, { recursive: true });
for (const result of results) writeFileSync(join(PLOTS, `${result.id}.svg`), plot(result));
const page = [
  '# Benchmarks',
  '',
  `Made by \`npm run bench\` on ${machine.at.slice(0, 10)}: Node ${machine.node}, Linux ${machine.kernel}, ${machine.processors} processors. ` +
    'All contenders of a scenario run in turn, round by round, so that what slows the machine slows all of them; ' +
    'quote ratios, not milliseconds. Orange is the floor of a scenario, blue is daimon.',
  ...results.flatMap((result) => [
    '',
    `## ${result.id}`,
    '',
    `What it isolates: ${result.isolates}.`,
    '',
    `![${result.id}](benchmarks/${result.id}.svg)`,
    '',
    table(result),
  ]),
  '',
].join('\n');
writeFileSync(join(ROOT, 'docs/benchmarks.md'), page);
