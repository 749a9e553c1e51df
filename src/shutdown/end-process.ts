import { native } from '../os/native.ts';
import { RUNTIME } from '../os/runtime.ts';
import { formatOutcome, type ShutdownReport } from './progress.ts';

// The one place where a graceful shutdown prints and ends the process.

// Node joins its worker threads at the end, and one in a native call cannot be stopped: what
// 'exit' listeners of the program get before it is cut short.
const STUCK_WORKER_EXIT_MS = 100;
// How long before the deadline the list of what holds the event loop is made.
const LAST_LOOK_MS = 50;

/** Failures belong on stderr: no one else will tell of them. */
export function printFailures(report: ShutdownReport): void {
  for (const failure of report.failures) {
    process.stderr.write(`daimon: while stopping, ${formatOutcome(failure)}\n`);
  }
}

/** Keeps the end of the process short when a worker thread cannot be stopped. */
export function boundExit(exitCode: number): void {
  process.once('exit', (code) =>
    native().endProcessWithin(STUCK_WORKER_EXIT_MS, Number(code) || exitCode),
  );
}

/** Ends the process now; an exit code the program has set goes first. */
export function endProcess(exitCode: number): never {
  process.exit(process.exitCode || exitCode);
}

/**
 * Lets the process end by itself when nothing is left to do; the deadline stays. When it passes,
 * the native report says what held the event loop.
 */
export function letProcessEnd(exitCode: number, leftMs: number): void {
  process.exitCode ||= exitCode;
  // Deno takes its listeners apart at the end, and a thread of its own that comes to the signal after that kills it.
  if (RUNTIME === 'deno') process.on('exit', (code) => native().exitNow(code));
  const describe = () => native().describePending(describeEventLoop());
  describe();
  setTimeout(describe, Math.max(leftMs - LAST_LOOK_MS, 0)).unref();
}

function describeEventLoop(): string {
  const counts = new Map<string, number>();
  for (const resource of process.getActiveResourcesInfo()) {
    counts.set(resource, (counts.get(resource) ?? 0) + 1);
  }
  const list = [...counts].map(([resource, count]) => `${count} × ${resource}`).join(', ');
  return (
    `all hooks have run; the program waits for the request itself, so its own code was left to end. ` +
    `The event loop is held by: ${list || 'nothing'}`
  );
}
