import { native } from '../../os/native.ts';
import type { ExitStatus, ProcessHandle } from '../../os/system.ts';
import { never } from '../ready/never.ts';

export interface ChildStop {
  readonly pid: number;
  readonly stopSignal: number;
}

/** Reaps every child that ends, also the orphans that became ours, and tells of the one that counts. */
export class Reaper {
  readonly #ends = new Map<number, (status: ExitStatus) => void>();

  /** Collects all that changed since the last time; returns who was stopped. */
  collect(): ChildStop[] {
    const stops: ChildStop[] = [];
    for (;;) {
      const change = native().reap(-1);
      if (change === null) return stops;
      const { pid, exitCode, signal, stopSignal } = change;
      if (stopSignal === null) this.#ends.get(pid)?.({ exitCode, signal });
      else stops.push({ pid, stopSignal });
    }
  }

  /**
   * The handle of a child of ours, whose end is known when it was reaped: later its status is gone
   * (before Linux 6.15), earlier it would be a second one who looks.
   */
  follow(child: ProcessHandle): ProcessHandle {
    let status: ExitStatus | null = null;
    const end = new Promise<ExitStatus>((resolve) => {
      this.#ends.set(child.ref.pid, (found) => {
        this.#ends.delete(child.ref.pid);
        status = found;
        resolve(found);
      });
    });
    return {
      ref: child.ref,
      signal: (number) => child.signal(number),
      hasExited: () => status !== null,
      exited: (signal) => (signal === undefined ? end : Promise.race([end, never(signal)])),
      waitSync: (timeoutMs) => child.waitSync(timeoutMs),
      exitStatus: () => status,
      close: () => child.close(),
    };
  }
}
