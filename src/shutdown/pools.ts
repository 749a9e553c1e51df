import { DaemonError } from '../errors.ts';
import { memberTimeMs } from './group.ts';
import { checkMs } from './options.ts';
import type { HookContext } from './run.ts';
import { endsWithin, TERMINATE_PATIENCE_MS } from './workers.ts';

/** A pool of worker threads: what piscina and tinypool have in common. */
export interface WorkerPool {
  run(task: unknown, options?: object): Promise<unknown>;
  destroy(): Promise<void>;
}

export interface PoolOptions {
  /** For tasks that run or wait, in milliseconds, from the phase `stopWorkers` on. Default: half of what is left. */
  graceMs?: number;
}

/**
 * A pool that stops with the program: its tasks are finished, then its threads ended. Its own
 * close() is not used: tinypool has none, piscina's may leave queued tasks behind.
 */
export class StoppingPool {
  readonly #pool: WorkerPool;
  readonly #graceMs: number | undefined;
  readonly #tasks = new Set<Promise<unknown>>();

  constructor(pool: WorkerPool, { graceMs }: PoolOptions) {
    this.#pool = pool;
    this.#graceMs = graceMs === undefined ? undefined : checkMs('graceMs', graceMs);
    const run = pool.run.bind(pool);
    pool.run = (task, options) => this.#count(run(task, options));
  }

  /** Resolves to false when a thread could not be stopped. */
  async stop(context: HookContext): Promise<boolean> {
    const graceMs = memberTimeMs(this.#graceMs, context);
    const finished = await endsWithin(this.#allDone(), graceMs);
    const cutOff = this.#tasks.size;
    const destroyed = this.#pool.destroy().catch(() => {}); // its tasks reject; they are counted here
    const stopped = await endsWithin(destroyed, TERMINATE_PATIENCE_MS);
    if (finished || !stopped) return stopped;
    throw new DaemonError(
      'STOP_TIMEOUT',
      `${cutOff} task${cutOff === 1 ? '' : 's'} of a worker pool did not end within ${graceMs} ms`,
    );
  }

  #count(task: Promise<unknown>): Promise<unknown> {
    this.#tasks.add(task);
    const done = () => this.#tasks.delete(task);
    task.then(done, done);
    return task;
  }

  /** A task may give out others. */
  async #allDone(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.allSettled(this.#tasks);
  }
}
