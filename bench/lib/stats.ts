/** What a series of samples says. All in the unit of the samples. */
export interface Summary {
  readonly count: number;
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Median with the 10th and 90th percentile: machines are noisy, and means tell of the noise. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  const middle = sorted.length / 2;
  const median =
    sorted.length % 2 === 1 ? at(0.5) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return { count: sorted.length, median, low: at(0.1), high: at(0.9) };
}
