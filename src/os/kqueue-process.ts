import { isErrno } from '../errors.ts';
import type { ProcessRef } from '../process-ref.ts';
import { deliver } from './deliver.ts';
import { hasEnded } from './has-ended.ts';
import { native } from './native.ts';
import type { NativeProcess } from './native-kqueue.ts';
import type { NativeLaunched, NativePlan } from './native-launch.ts';
import { PolledHandle } from './polled-handle.ts';
import type { Delivery, ExitStatus, ProcessFacts, ProcessHandle } from './system.ts';

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= native().bootId();
  return knownBootId;
}

/** The facts of a process from what native/ read; `nowUs` on the clock that its start time is on. */
export function processFacts(read: NativeProcess, nowUs: number, boot: string): ProcessFacts {
  const { pid, startedUs, cpuUs, ...facts } = read;
  return {
    ...facts,
    ref: { pid, startTime: String(startedUs), bootId: boot },
    cpuTimeMs: cpuUs / 1000,
    uptimeMs: Math.max(0, Math.round((nowUs - startedUs) / 1000)),
  };
}

/** What differs between the systems with kqueue(2): the clock of start times. */
export class KqueueProcesses {
  readonly #nowUs: () => number;

  constructor(nowUs: () => number) {
    this.#nowUs = nowUs;
  }

  readonly read = (pid: number): ProcessFacts | null => {
    if (!Number.isInteger(pid) || pid <= 0) return null;
    const read = native().readProcess(pid);
    return read === null ? null : processFacts(read, this.#nowUs(), bootId());
  };

  readonly isAlive = (ref: ProcessRef): boolean => {
    if (ref.bootId !== bootId()) return false;
    const facts = this.read(ref.pid);
    return facts !== null && facts.ref.startTime === ref.startTime && !hasEnded(facts);
  };

  readonly nobody = (): ProcessRef => ({ pid: process.pid, startTime: '0', bootId: bootId() });

  readonly open = (ref: ProcessRef): ProcessHandle | null => {
    if (ref.bootId !== bootId()) return null;
    let fd: number;
    try {
      fd = native().processFd(ref.pid);
    } catch (error) {
      if (isErrno(error, 'ESRCH', 'EINVAL')) return null;
      if (!isErrno(error, 'EACCES', 'EPERM')) throw error;
      return this.isAlive(ref) ? this.#polled(ref) : null;
    }
    // The descriptor first, the identity after: what ends from now on, it tells.
    if (this.isAlive(ref)) return new KqueueHandle(ref, fd, this.isAlive);
    native().closeFd(fd);
    return null;
  };

  readonly launch = (plan: NativePlan): NativeLaunched => native().launch(plan, true);

  readonly adoptLaunched = (launched: NativeLaunched): ProcessHandle => {
    // Already reaped: a start time that no process has, so that nothing is ever mistaken for it.
    const ended = { ...this.nobody(), pid: launched.pid };
    const ref = this.read(launched.pid)?.ref ?? ended;
    if (launched.pidfd < 0) return this.#polled(ref);
    const handle = new KqueueHandle(ref, launched.pidfd, this.isAlive);
    if (!handle.hasExited()) return handle;
    // Ended by now, so that the pid whose start time was read may have been another's.
    return new KqueueHandle(ended, launched.pidfd, this.isAlive, handle.exitStatus());
  };

  #polled(ref: ProcessRef): ProcessHandle {
    return new PolledHandle(ref, { isAlive: this.isAlive, exitStatus: () => null });
  }
}

/**
 * A process by a kqueue of its own. Between the look at its identity and the signal its pid could pass to
 * another: these systems have nothing like pidfd_send_signal(2).
 */
class KqueueHandle implements ProcessHandle {
  readonly ref: ProcessRef;
  readonly #fd: number;
  readonly #isAlive: (ref: ProcessRef) => boolean;
  /** undefined: it runs. The kqueue tells its end once. */
  #end: ExitStatus | null | undefined;
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(
    ref: ProcessRef,
    fd: number,
    isAlive: (ref: ProcessRef) => boolean,
    end?: ExitStatus | null,
  ) {
    this.ref = ref;
    this.#fd = fd;
    this.#isAlive = isAlive;
    this.#end = end;
  }

  signal(signalNumber: number): Delivery {
    if (this.hasExited() || !this.#isAlive(this.ref)) return { kind: 'gone' };
    return deliver(() => native().kill(this.ref.pid, signalNumber));
  }

  hasExited(): boolean {
    if (this.#end === undefined && !this.#closed) {
      this.#end = native().takeEnd(this.#fd);
      // Who waits for the kqueue will never see it readable: it is empty now.
      if (this.#end !== undefined) for (const wake of [...this.#waiting]) wake();
    }
    return this.#end !== undefined;
  }

  waitSync(timeoutMs: number): boolean {
    if (this.hasExited()) return true;
    native().pollReadable([this.#fd], timeoutMs);
    return this.hasExited();
  }

  exitStatus(): ExitStatus | null {
    return this.hasExited() ? (this.#end ?? null) : null;
  }

  exited(signal?: AbortSignal): Promise<ExitStatus | null> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.hasExited()) return resolve(this.exitStatus());
      const settle = (answer: () => void) => {
        this.#waiting.delete(wake);
        native().unwatch(watch);
        signal?.removeEventListener('abort', forget);
        answer();
      };
      const wake = () => settle(() => resolve(this.exitStatus()));
      const forget = () => settle(() => reject(signal?.reason));
      const watch = native().watchReadable(this.#fd, wake);
      this.#waiting.add(wake);
      signal?.addEventListener('abort', forget, { once: true });
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    native().closeFd(this.#fd);
  }
}
