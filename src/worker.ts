// daimon/worker: how a worker thread takes part in the graceful shutdown of its process.

import { monotonicMs } from './os/monotonic.ts';
import { native } from './os/native.ts';
import { RUNTIME } from './os/runtime.ts';
import { ReceivedSignal, signalClass } from './request/received-signal.ts';
import { stopFlag } from './shutdown/stop-flag.ts';

/**
 * True from the moment the process was asked to stop, also inside a synchronous loop; about 3 ns.
 *
 * @example while (!stopping()) crunch();
 */
export function stopping(): boolean {
  return stopFlag().raised;
}

/** Resolves when the process is asked to stop. Keeps the worker alive until then, without CPU time. */
export function stopped(): Promise<void> {
  asked ??= new Promise((resolve) => native().watchReadable(native().stopFd(), resolve));
  return asked;
}

/**
 * Blocks the thread, without CPU time, until the process is asked to stop (true) or the time is
 * over (false). In milliseconds; without a number it waits for as long as it takes. The thread's
 * timers, messages and promises wait meanwhile; `worker.terminate()` still ends it.
 */
export function waitForStop(timeoutMs = Number.POSITIVE_INFINITY): boolean {
  const untilMs = monotonicMs() + timeoutMs;
  for (;;) {
    const leftMs = untilMs - monotonicMs();
    const answer = native().waitForStop(
      leftMs > LONGEST_WAIT_MS ? -1 : Math.max(0, Math.ceil(leftMs)),
      IS_NODE,
    );
    if (answer !== SOMETHING_ELSE) return answer === ASKED;
  }
}

const ASKED = 1;
// The event loop has something to do: perhaps the thread is being terminated, which takes effect
// between two native calls.
const SOMETHING_ELSE = 2;
const LONGEST_WAIT_MS = 2 ** 31 - 1;
// Bun and Deno have no libuv behind the functions of that name.
const IS_NODE = RUNTIME === 'node';

let asked: Promise<void> | undefined;
const controller = new AbortController();

/**
 * Aborts when the process is asked to stop, with the `ReceivedSignal` as reason. Does not keep the
 * worker alive. Watching begins with the import: others may hold it without a listener.
 */
export const signal: AbortSignal = controller.signal;

native().watchReadable(native().stopFd(), () => controller.abort(stopReason()), true);

function stopReason(): Error {
  const { cause, sender } = stopFlag();
  return cause > 0
    ? new (signalClass(cause))(undefined, sender)
    : new Error('the program asked itself to stop');
}

export { ReceivedSignal };
