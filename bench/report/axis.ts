import type { Summary } from '../lib/stats.ts';

/** Where values lie along the bars. */
export interface Axis {
  readonly left: number;
  readonly isLogarithmic: boolean;
  readonly ticks: readonly number[];
  x(value: number): number;
}

// Where the largest would leave nothing to be seen of the smallest, the axis is logarithmic.
const LARGEST_RATIO = 60;

export function axisFor(summaries: readonly Summary[], left: number, length: number): Axis {
  const longest = Math.max(...summaries.map(({ high }) => high), Number.MIN_VALUE);
  const shortest = Math.min(
    ...summaries.map(({ median }) => median).filter((value) => value > 0),
    longest,
  );
  if (longest / shortest <= LARGEST_RATIO) {
    return {
      left,
      isLogarithmic: false,
      ticks: evenTicks(longest),
      x: (value) => left + (value / longest) * length,
    };
  }
  const from = shortest / 2;
  const share = (value: number) => Math.max(0, Math.log(value / from) / Math.log(longest / from));
  return {
    left,
    isLogarithmic: true,
    ticks: powersOfTen(from, longest),
    x: (value) => (value <= 0 ? left : left + share(value) * length),
  };
}

/** From 0 in steps of 1, 2 or 5 times a power of ten: four to ten of them. */
function evenTicks(longest: number): number[] {
  const power = 10 ** Math.floor(Math.log10(longest / 4));
  const step = [5, 2, 1].map((times) => times * power).find((one) => one * 4 <= longest) ?? power;
  const count = Math.floor(longest / step) + 1;
  return Array.from({ length: count }, (_, index) => Number((index * step).toPrecision(6)));
}

function powersOfTen(from: number, to: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(from)), Math.floor(Math.log10(to))];
  return Array.from({ length: last - first + 1 }, (_, index) =>
    Number((10 ** (first + index)).toPrecision(6)),
  );
}
