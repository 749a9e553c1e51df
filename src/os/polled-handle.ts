import type { ProcessRef } from '../process-ref.ts';
import { deliver } from './deliver.ts';
import { monotonicMs } from './monotonic.ts';
import { native } from './native.ts';
import type { Delivery, ExitStatus, ProcessHandle } from './system.ts';

const LOOK_MS = 20;

/** How a system looks at a process that it cannot hold. */
export interface Look {
  readonly isAlive: (ref: ProcessRef) => boolean;
  readonly exitStatus: () => ExitStatus | null;
}

/**
 * A process without a descriptor: one that was reaped before it could be held, or any before Linux 5.3 and
 * in sandboxes that forbid pidfd_open(2). Looked at again and again; between the look and the signal
 * the pid could pass to another.
 */
export class PolledHandle implements ProcessHandle {
  readonly ref: ProcessRef;

  readonly #look: Look;

  constructor(ref: ProcessRef, look: Look) {
    this.ref = ref;
    this.#look = look;
  }

  signal(signalNumber: number): Delivery {
    if (!this.#look.isAlive(this.ref)) return { kind: 'gone' };
    return deliver(() => native().kill(this.ref.pid, signalNumber));
  }

  hasExited(): boolean {
    return !this.#look.isAlive(this.ref);
  }

  waitSync(timeoutMs: number): boolean {
    const endMs = monotonicMs() + timeoutMs;
    while (!this.hasExited()) {
      const leftMs = endMs - monotonicMs();
      if (leftMs <= 0) return false;
      native().pollReadable([], Math.min(LOOK_MS, Math.ceil(leftMs)));
    }
    return true;
  }

  async exited(signal?: AbortSignal): Promise<ExitStatus | null> {
    while (!this.hasExited()) {
      signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return this.exitStatus();
  }

  exitStatus(): ExitStatus | null {
    return this.#look.exitStatus();
  }

  close(): void {}
}
