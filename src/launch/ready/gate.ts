import type { DaemonError } from '../../errors.ts';
import type { ProcessRef } from '../../process-ref.ts';
import type { Channel } from '../plan.ts';

/** What the gates may tell while they wait. */
export interface GateListener {
  /** STATUS=: the daemon's own words. */
  onStatus(text: string): void;
  /** EXTEND_TIMEOUT_USEC=: the daemon asks for this long, counted from now. */
  onExtend(extensionMs: number): void;
  /** MAINPID=: another process of the tree is the daemon from now on. */
  onMainProcess(ref: ProcessRef): void;
}

/** The process that is waited for. */
export interface Awaited {
  readonly ref: ProcessRef;
  /** null where the system has no marks. */
  readonly mark: string | null;
}

/**
 * One way of being ready. Made before the launch, for what it puts into the new process; then asked
 * to wait. An end of the daemon and the deadline are watched by who waits, not by the gate.
 */
export interface ReadyGate {
  readonly channel: Channel;
  /** Where notify messages go, to be found again by `reload`; null for none. */
  readonly notifyAddress: string | null;
  /** Frees the launcher's copies of what went into the new process. */
  launched(): void;
  /** Resolves when the daemon is ready, or rejects when it says that it failed. */
  wait(daemon: Awaited, listener: GateListener, signal: AbortSignal): Promise<void>;
  /**
   * Blocks the thread until the daemon is ready, at most `timeoutMs`; true when it is. For launchers
   * with nothing else to do: what the event loop needs to wait takes time from the daemon's own start.
   */
  waitSync?(timeoutMs: number): boolean;
  /** Why the daemon says that it failed, as far as it has come by now; null where it did not say. */
  failure?(): DaemonError | null;
  /** The daemon has said that it ends by itself. */
  isEnding?(): boolean;
  /** What the daemon said last, where that is not in a log; for the error when it does not come up. */
  lastWords?(): readonly string[];
  close(): void;
}

export const EMPTY_CHANNEL: Channel = { environment: {}, fds: [], nodeArgs: [] };
