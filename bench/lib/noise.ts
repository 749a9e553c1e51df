import { loadavg } from 'node:os';
import { summarize } from './stats.ts';

/** How far the machine is from quiet, as seen just before and after a scenario. */
export interface Noise {
  /** Of the last minute. */
  readonly load: number;
  /** How much longer than its median a loop of fixed work took, at the 90th percentile, in percent. */
  readonly spreadPercent: number;
}

const TURNS = 100_000;
const SAMPLES = 200;

export function machineNoise(): Noise {
  const times = Array.from({ length: SAMPLES }, () => {
    const started = process.hrtime.bigint();
    let sum = 0;
    for (let turn = 0; turn < TURNS; turn++) sum += Math.sqrt(turn);
    return Number(process.hrtime.bigint() - started) + 0 * sum;
  });
  const { median, high } = summarize(times);
  return { load: loadavg()[0] ?? Number.NaN, spreadPercent: (high / median - 1) * 100 };
}

export function worseOf(one: Noise, other: Noise): Noise {
  return {
    load: Math.max(one.load, other.load),
    spreadPercent: Math.max(one.spreadPercent, other.spreadPercent),
  };
}
