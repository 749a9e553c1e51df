import {
  type Figure,
  formatValue,
  ratioOf,
  type ScenarioResult,
  verdictOf,
} from '../lib/scenario.ts';
import { formatDoubt, formatRatio } from './words.ts';

/** A result as lines for the terminal. */
export function formatResult(result: ScenarioResult): string {
  const width = Math.max(...result.figures.map(({ key }) => key.length));
  const { load, spreadPercent } = result.noise;
  return [
    `${result.id}: ${result.title}`,
    ...result.figures.map((figure) => formatFigure(result, figure, width)),
    ...result.dropouts.map(({ contender, failed }) => `  ${contender}: FAILED: ${failed}`),
    `  (${result.tookSeconds} s; load ${load.toFixed(1)}, noise ${spreadPercent.toFixed(0)} %)`,
    '',
  ].join('\n');
}

function formatFigure(result: ScenarioResult, figure: Figure, width: number): string {
  const { key, unit, summary } = figure;
  const [median, low, high] = [summary.median, summary.low, summary.high].map((value) =>
    formatValue(value, unit),
  );
  const verdict = verdictOf(result, figure);
  const said = verdict && `(aim ${verdict.aim}: ${verdict.isHeld ? 'held' : 'MISSED'})`;
  return [
    `  ${key.padEnd(width)}`,
    median?.padStart(10),
    formatDoubt(figure).padEnd(8),
    `[${low} – ${high}]`.padEnd(24),
    formatRatio(ratioOf(result, figure)),
    said ?? '',
  ]
    .join('  ')
    .trimEnd();
}
