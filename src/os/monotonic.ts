/** Milliseconds on a clock that no clock change moves. The global `performance` costs 1 ms to load. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
