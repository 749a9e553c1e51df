import { system } from '../os/index.ts';
import type { ProcessRef } from '../process-ref.ts';
import { type SignalLike, signalNumber } from '../request/received-signal.ts';
import { checkMs } from './options.ts';
import { type StopTreeResult, stopTree } from './stop-tree.ts';

export interface StopTreeOfOptions {
  /** Default SIGTERM. */
  signal?: SignalLike;
  /** From the signal to SIGKILL, in milliseconds. Default 10,000. */
  graceMs?: number;
  /** Aborted: SIGKILL now. */
  hurry?: AbortSignal;
}

const DEFAULT_GRACE_MS = 10_000;

/**
 * Ends a process and everything that descends from it: the signal to the process, then to what is
 * left, then SIGKILL until nothing is. A pid means the process that has it now; a `ProcessRef` is
 * never mistaken for its successor. Descendants are known by their parents: one that left its
 * parents (a double fork) is found for children of `stop.spawn` only.
 * @returns who had to be killed, and who could not be (held in the kernel, or not ours to signal)
 * @throws DaemonError INVALID_ARGUMENT
 */
export function stopTreeOf(
  target: ProcessRef | number,
  options: StopTreeOfOptions = {},
): Promise<StopTreeResult> {
  const { signal = 'SIGTERM', graceMs = DEFAULT_GRACE_MS, hurry } = options;
  const root = typeof target === 'number' ? (system().readProcess(target)?.ref ?? null) : target;
  return stopTree(
    // Not by the mark that it bears: that may be the mark of a tree it is only a part of.
    { root, mark: null },
    {
      stopSignal: signalNumber(signal),
      graceMs: checkMs('graceMs', graceMs),
      ...(hurry === undefined ? {} : { hurry: () => hurry }),
    },
  );
}
