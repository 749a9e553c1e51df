/** What a series of samples says. All in the unit of the samples. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  /** The 10th and the 90th percentile. */
  readonly low: number;
  readonly high: number;
  /** How far the median itself may be off: half its 95 % confidence interval, in percent; null for fewer than six samples. */
  readonly doubtPercent: number | null;
}

// Fewer have no such interval: even from the smallest to the largest it is less than 95 %.
const FEWEST_FOR_DOUBT = 6;

/** Median with the 10th and 90th percentile: machines are noisy, and means tell of the noise. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const count = sorted.length;
  const at = (share: number) =>
    sorted[Math.min(count - 1, Math.floor(share * count))] ?? Number.NaN;
  const middle = count / 2;
  const median =
    count % 2 === 1 ? at(0.5) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return { count, median, low: at(0.1), high: at(0.9), doubtPercent: doubtOf(sorted, median) };
}

/** By the ranks that enclose the median in 95 of 100 cases, however the samples are distributed (the sign test). */
function doubtOf(sorted: readonly number[], median: number): number | null {
  const count = sorted.length;
  if (count < FEWEST_FOR_DOUBT || median === 0) return null;
  const rank = Math.max(0, Math.floor((count - 1.96 * Math.sqrt(count)) / 2));
  const [from = median, to = median] = [sorted[rank], sorted[count - 1 - rank]];
  return (((to - from) / 2) * 100) / median;
}
