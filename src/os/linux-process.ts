import { isErrno } from '../errors.ts';
import type { ProcessRef } from '../process-ref.ts';
import { deliver } from './deliver.ts';
import { hasEnded } from './has-ended.ts';
import { native } from './native.ts';
import type { NativeLaunched, NativePlan } from './native-launch.ts';
import { PolledHandle } from './polled-handle.ts';
import { bootId, isAlive, readProcess, readSystemFile } from './proc.ts';
import { readableOnce } from './readable-once.ts';
import type { Delivery, ExitStatus, ProcessHandle } from './system.ts';

class PidfdHandle implements ProcessHandle {
  readonly ref: ProcessRef;
  readonly #pidfd: number;
  #closed = false;

  constructor(ref: ProcessRef, pidfd: number) {
    this.ref = ref;
    this.#pidfd = pidfd;
  }

  signal(signalNumber: number): Delivery {
    return deliver(() => native().pidfdSignal(this.#pidfd, signalNumber));
  }

  hasExited(): boolean {
    return this.waitSync(0);
  }

  waitSync(timeoutMs: number): boolean {
    return native().pollReadable([this.#pidfd], timeoutMs) === 0;
  }

  exitStatus(): ExitStatus | null {
    return native().pidfdExitStatus(this.#pidfd, this.ref.pid);
  }

  async exited(signal?: AbortSignal): Promise<ExitStatus | null> {
    await readableOnce(this.#pidfd, signal);
    return this.#closed ? null : this.exitStatus();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    native().closeFd(this.#pidfd);
  }
}

export function openProcess(ref: ProcessRef): ProcessHandle | null {
  if (ref.bootId !== bootId()) return null;
  let pidfd: number;
  try {
    pidfd = native().pidfdOpen(ref.pid);
  } catch (error) {
    if (isErrno(error, 'ESRCH', 'EINVAL')) return null;
    if (!isErrno(error, 'ENOSYS', 'EPERM')) throw error;
    return isAlive(ref) ? polled(ref) : null;
  }
  // The pidfd first, the identity after: what the fd holds now can no longer change.
  const facts = readProcess(ref.pid);
  if (facts === null || facts.ref.startTime !== ref.startTime || hasEnded(facts)) {
    native().closeFd(pidfd);
    return null;
  }
  return new PidfdHandle(ref, pidfd);
}

/** A zombie still tells how it ended. */
function polled(ref: ProcessRef): ProcessHandle {
  const exitStatus = () => {
    const isStillThere = readProcess(ref.pid)?.ref.startTime === ref.startTime;
    return isStillThere ? native().pidfdExitStatus(-1, ref.pid) : null;
  };
  return new PolledHandle(ref, { isAlive, exitStatus });
}

/**
 * A new process shares our memory until its exec. The kernel keeps the new user out of it, unless
 * fs.suid_dumpable is 1: then by fork(2), which shares nothing. proc_sys_fs(5)
 */
export function launch(plan: NativePlan): NativeLaunched {
  return native().launch(plan, plan.credentials !== null && isOpenAfterDrop());
}

function isOpenAfterDrop(): boolean {
  try {
    return readSystemFile('/proc/sys/fs/suid_dumpable').startsWith('1');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES')) return false; // no /proc/sys here
    throw error;
  }
}

export function nobody(): ProcessRef {
  return { pid: process.pid, startTime: '0', bootId: bootId() };
}

export function adoptLaunched(launched: NativeLaunched): ProcessHandle {
  // Already reaped: a start time that no process has, so that nothing is ever mistaken for it.
  const ended = { ...nobody(), pid: launched.pid };
  const ref = readProcess(launched.pid)?.ref ?? ended;
  if (launched.pidfd < 0) return polled(ref);
  const handle = new PidfdHandle(ref, launched.pidfd);
  // Ended by now, so that the pid whose start time was read may have been another's.
  return handle.hasExited() ? new PidfdHandle(ended, launched.pidfd) : handle;
}
