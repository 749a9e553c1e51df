/**
 * Milliseconds on the monotonic clock. Not `performance.now()`: its first use loads half a
 * millisecond of Node, right when a signal should be answered.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
