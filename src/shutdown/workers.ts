import type { Worker } from 'node:worker_threads';
import { DaemonError } from '../errors.ts';
import { memberTimeMs } from './group.ts';
import { checkMs } from './options.ts';
import type { HookContext } from './run.ts';

export interface WorkerOptions {
  /** Time to end by itself, in milliseconds, from the phase `stopWorkers` on. Default: half of what is left. */
  graceMs?: number;
}

// worker.terminate() waits for a native call to return: how long it may, before the thread counts
// as stuck and the process ends without it.
export const TERMINATE_PATIENCE_MS = 100;

/**
 * A worker thread that stops with the program. It knows of the request as soon as the process
 * does, from `daimon/worker`; here it is waited for, and terminated when its time is over.
 */
export class StoppingWorker {
  readonly worker: Worker;
  readonly ended: Promise<void>;
  readonly #graceMs: number | undefined;
  #error: unknown;

  constructor(worker: Worker, { graceMs }: WorkerOptions, isStopping: () => boolean) {
    this.worker = worker;
    this.#graceMs = graceMs === undefined ? undefined : checkMs('graceMs', graceMs);
    this.ended = new Promise((resolve) => worker.once('exit', () => resolve()));
    if (worker.threadId === -1) this.ended = Promise.resolve();
    // From the request on, what a worker throws is this shutdown's to report: without a listener it would
    // end the whole program in the middle of its clean-up. The worker may have heard of the request, and
    // thrown, before this thread has. First in the row, so that a once() of others still counts.
    worker.prependListener('error', (error: unknown) => {
      if (isStopping()) this.#error ??= error;
      else if (worker.listenerCount('error') === 1) throw error; // as if we did not listen
    });
  }

  /** Resolves to false when the thread could not be stopped. */
  async stop(context: HookContext): Promise<boolean> {
    const graceMs = memberTimeMs(this.#graceMs, context);
    if (!(await endsWithin(this.ended, graceMs))) {
      const terminated = this.worker.terminate();
      if (!(await endsWithin(terminated, TERMINATE_PATIENCE_MS))) {
        this.worker.unref();
        return false;
      }
    }
    if (this.#error !== undefined && !isStopReason(this.#error, context)) throw this.#error;
    return true;
  }
}

/** An `await` that the request aborted ends like this: no failure. */
function isStopReason(error: unknown, { reason }: HookContext): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === reason.name);
}

export function stuckWorkerError(): DaemonError {
  return new DaemonError(
    'STOP_TIMEOUT',
    'A worker thread is stuck in a native call and cannot be stopped; the process ends without it.',
  );
}

/** False when the time was over first. */
export async function endsWithin(ended: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const inTime = await Promise.race([ended.then(() => true), timeout]);
  clearTimeout(timer);
  return inTime;
}
