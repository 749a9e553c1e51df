import type { Figure, Run } from '../lib/scenario.ts';

export function formatRatio(ratio: number | null): string {
  if (ratio === null) return '';
  if (ratio >= 1000) return `${Math.round(ratio / 10) * 10} ×`;
  return `${ratio.toFixed(ratio >= 100 ? 0 : ratio >= 10 ? 1 : 2)} ×`;
}

/** Numbers of things have no such doubt: they are the same each time, or their spread tells more. */
export function formatDoubt({ unit, summary: { doubtPercent } }: Figure): string {
  if (doubtPercent === null || unit === 'count') return '';
  return `± ${doubtPercent.toFixed(doubtPercent < 10 ? 1 : 0)} %`;
}

/** As JSON, with the samples of a figure on one line. */
export function formatRun(run: Run): string {
  const text = JSON.stringify(run, null, 1);
  return `${text.replace(/\[[\d\s.,e-]+\]/g, (list) => list.replace(/\s+/g, ''))}\n`;
}
