import { system } from '../os/index.ts';
import { monotonicMs } from '../os/monotonic.ts';
import type { ExitStatus, ProcessHandle } from '../os/system.ts';
import type { ProcessRef } from '../process-ref.ts';
import type { ReadyGate } from './ready/gate.ts';

/** How the wait for a daemon came out. */
export type ReadyOutcome =
  | { kind: 'ready'; main: ProcessRef; statusText: string | null }
  | { kind: 'ended'; status: ExitStatus | null }
  | { kind: 'timeout'; waitedMs: number }
  | { kind: 'failed'; error: unknown };

export interface AwaitOptions {
  readonly mark: string | null;
  readonly timeoutMs: number;
  /** How long the thread may be blocked first, where the gate can; 0 for not at all. */
  readonly blockingMs: number;
  readonly onStatus: (text: string) => void;
  readonly signal: AbortSignal | undefined;
}

/** Waits for the first of: the gate opens, the daemon ends, the time is up, the caller gives up. */
export async function awaitReady(
  gate: ReadyGate,
  daemon: ProcessHandle,
  options: AwaitOptions,
): Promise<ReadyOutcome> {
  if (await isReadyAtOnce(gate, options)) {
    options.signal?.throwIfAborted();
    return { kind: 'ready', main: daemon.ref, statusText: null };
  }
  const over = new AbortController();
  const signal =
    options.signal === undefined ? over.signal : AbortSignal.any([over.signal, options.signal]);
  const startedMs = monotonicMs();
  let statusText: string | null = null;
  let main = daemon;
  const successors: ProcessHandle[] = [];

  try {
    options.signal?.throwIfAborted();
    return await new Promise<ReadyOutcome>((settle, reject) => {
      const giveUp = () =>
        settle({ kind: 'timeout', waitedMs: Math.round(monotonicMs() - startedMs) });
      let deadline = setTimeout(giveUp, options.timeoutMs);
      over.signal.addEventListener('abort', () => clearTimeout(deadline));
      options.signal?.addEventListener('abort', () => reject(options.signal?.reason), {
        signal: over.signal, // of the caller, who may use it for long
      });

      const watchEnd = (watched: ProcessHandle) => {
        watched.exited(signal).then(
          (status) => watched === main && settle({ kind: 'ended', status }),
          () => {}, // no longer of interest
        );
      };
      watchEnd(daemon);
      const listener = {
        onStatus(text: string) {
          statusText = text;
          options.onStatus(text);
        },
        // sd_notify(3): from now on, at least this long.
        onExtend(extensionMs: number) {
          const leftMs = startedMs + options.timeoutMs - monotonicMs();
          clearTimeout(deadline);
          deadline = setTimeout(giveUp, Math.max(extensionMs, leftMs));
        },
        onMainProcess(ref: ProcessRef) {
          const next = system().openProcess(ref);
          if (next === null) return;
          successors.push(next);
          main = next;
          watchEnd(next);
        },
      };
      gate.wait({ ref: daemon.ref, mark: options.mark }, listener, signal).then(
        () => settle({ kind: 'ready', main: main.ref, statusText }),
        (error: unknown) => settle({ kind: 'failed', error }),
      );
    });
  } finally {
    over.abort();
    for (const handle of successors) handle.close();
  }
}

async function isReadyAtOnce(gate: ReadyGate, options: AwaitOptions): Promise<boolean> {
  const blockingMs = Math.min(options.blockingMs, options.timeoutMs);
  if (blockingMs === 0 || gate.waitSync === undefined) return false;
  // Signals are told by the event loop: those of before and those of meanwhile get their turn.
  await nextTurn();
  options.signal?.throwIfAborted();
  const isReady = gate.waitSync(blockingMs);
  await nextTurn();
  return isReady;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
