import type { ReceivedSignal } from './received-signal.ts';

const SHELL_OFFSET = 128;
const GRACEFUL = Symbol.for('daimon.gracefulShutdown');

/** What a program ends with when a signal ended it, as shells have it. */
export function exitCodeOf(signal: ReceivedSignal): number {
  return SHELL_OFFSET + signal.SIGNUM;
}

/**
 * Nobody else took the signal: the program's graceful shutdown does, if it has one; else the process
 * ends with 128 + the signal's number, its `exit` listeners run.
 */
export function endBySignal(signal: ReceivedSignal): void {
  const holder = globalThis as { [GRACEFUL]?: { request(reason: Error): Promise<unknown> } };
  const shutdown = holder[GRACEFUL];
  if (shutdown === undefined) process.exit(exitCodeOf(signal));
  void shutdown.request(signal);
}

/** True when the error is the signal, or an `AbortError` that it caused. */
function isBecauseOf(error: unknown, signal: ReceivedSignal): boolean {
  return error === signal || (error instanceof Error && error.cause === signal);
}

/** An error that nobody caught and that is the signal ends the process as the signal would, in silence. */
export function endWhenUncaught(signal: ReceivedSignal): void {
  process.on('uncaughtExceptionMonitor', (error: unknown) => {
    if (isBecauseOf(error, signal)) process.exit(exitCodeOf(signal));
  });
}
