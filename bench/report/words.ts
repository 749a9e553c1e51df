import type { Run } from '../lib/scenario.ts';
import type { Summary } from '../lib/stats.ts';

export function formatRatio(ratio: number | null): string {
  if (ratio === null) return '';
  if (ratio >= 1000) return `${Math.round(ratio / 10) * 10} ×`;
  return `${ratio.toFixed(ratio >= 100 ? 0 : ratio >= 10 ? 1 : 2)} ×`;
}

export function formatDoubt({ doubtPercent }: Summary): string {
  if (doubtPercent === null) return '';
  return `± ${doubtPercent.toFixed(doubtPercent < 10 ? 1 : 0)} %`;
}

/** As JSON, with the samples of a figure on one line. */
export function formatRun(run: Run): string {
  const text = JSON.stringify(run, null, 1);
  return `${text.replace(/\[[\d\s.,e-]+\]/g, (list) => list.replace(/\s+/g, ''))}\n`;
}
