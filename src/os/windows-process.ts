import { win32 } from 'node:path';
import { isErrno } from '../errors.ts';
import type { ProcessRef } from '../process-ref.ts';
import { native } from './native.ts';
import { readableOnce } from './readable-once.ts';
import { signalName } from './signals.ts';
import type { Delivery, ExitStatus, ProcessFacts, ProcessHandle } from './system.ts';
import { sendSignal } from './windows-signals.ts';

const PROCESS_TERMINATE = 0x0001;
const PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;
const SYNCHRONIZE = 0x0010_0000;
const LOOK = PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE;

const PROBE = 0;
const SIGKILL = 9;
// Continues what was stopped by a signal: nothing is, here.
const SIGCONT = 18;
/** What a process that was ended by force tells; 128 + 9, as shells on Unix have it. */
export const KILLED_EXIT_CODE = 137;

let knownBootId: string | undefined;

function bootId(): string {
  knownBootId ??= `boot ${native().bootId()}`;
  return knownBootId;
}

export function nobody(): ProcessRef {
  return { pid: process.pid, startTime: '0', bootId: bootId() };
}

/** null when there is no such process, or it is not ours to look at. */
function open(pid: number, access: number): number | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  try {
    return native().openProcess(pid, access);
  } catch (error) {
    if (isErrno(error, 'ERROR_ACCESS_DENIED')) return null;
    throw error;
  }
}

function withProcess<T>(pid: number, look: (process: number) => T): T | null {
  const handle = open(pid, LOOK);
  if (handle === null) return null;
  try {
    return look(handle);
  } finally {
    native().closeHandle(handle);
  }
}

export function readProcess(pid: number): ProcessFacts | null {
  return withProcess(pid, (handle) => {
    const { created, cpuTimeMs, uptimeMs } = native().processTimes(handle);
    const { sessionId, parentPid, path, memoryBytes } = native().processFacts(handle);
    // The process object stays as long as somebody holds a handle, as a zombie does on Unix.
    const hasEnded = native().waitProcess(handle, 0);
    return {
      ref: { pid, startTime: created, bootId: bootId() },
      parentPid: isOlder(parentPid, created) ? parentPid : 0,
      pgid: 0,
      sid: sessionId,
      terminal: 0,
      comm: win32.basename(path) || '?',
      state: hasEnded ? 'Z' : 'S',
      threads: hasEnded ? 0 : 1,
      cpuTimeMs,
      memoryBytes,
      uptimeMs,
    };
  });
}

/** A parent is born before its child: a younger process has been given the parent's pid after its end. */
function isOlder(pid: number, created: string): boolean {
  const born = withProcess(pid, (handle) => native().processTimes(handle).created);
  return born !== null && BigInt(born) <= BigInt(created);
}

export function isAlive(ref: ProcessRef): boolean {
  if (ref.bootId !== bootId()) return false;
  return withProcess(ref.pid, (handle) => isRef(handle, ref)) ?? false;
}

function isRef(handle: number, ref: ProcessRef): boolean {
  return (
    native().processTimes(handle).created === ref.startTime && !native().waitProcess(handle, 0)
  );
}

export function openProcess(ref: ProcessRef): ProcessHandle | null {
  if (ref.bootId !== bootId()) return null;
  const handle = open(ref.pid, LOOK | PROCESS_TERMINATE) ?? open(ref.pid, LOOK);
  if (handle === null) return null;
  if (isRef(handle, ref)) return new WindowsHandle(ref, handle);
  native().closeHandle(handle);
  return null;
}

/** A handle on a process that this one launched, as the leader of a process group. */
export function adoptProcess(pid: number, handle: number): ProcessHandle {
  const { created } = native().processTimes(handle);
  return new GroupLeader({ pid, startTime: created, bootId: bootId() }, handle);
}

class WindowsHandle implements ProcessHandle {
  readonly ref: ProcessRef;
  readonly #handle: number;
  #closed = false;

  constructor(ref: ProcessRef, handle: number) {
    this.ref = ref;
    this.#handle = handle;
  }

  signal(signalNumber: number): Delivery {
    if (this.hasExited()) return { kind: 'gone' };
    if (signalNumber === PROBE || signalNumber === SIGCONT) return { kind: 'delivered' };
    if (signalNumber === SIGKILL) return this.#terminate();
    return sendSignal(this.ref, signalNumber, () => this.hasExited());
  }

  #terminate(): Delivery {
    try {
      const ended = native().terminateProcess(this.#handle, KILLED_EXIT_CODE);
      return { kind: ended ? 'delivered' : 'gone' };
    } catch (cause) {
      if (isErrno(cause, 'ERROR_ACCESS_DENIED')) return { kind: 'refused', cause };
      throw cause;
    }
  }

  hasExited(): boolean {
    return this.waitSync(0);
  }

  waitSync(timeoutMs: number): boolean {
    return native().waitProcess(this.#handle, timeoutMs);
  }

  exitStatus(): ExitStatus | null {
    return { exitCode: native().exitCode(this.#handle), signal: null };
  }

  async exited(signal?: AbortSignal): Promise<ExitStatus | null> {
    await readableOnce(this.#handle, signal);
    return this.#closed ? null : this.exitStatus();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    native().closeHandle(this.#handle);
  }
}

/** What to console programs means to end: they know CTRL_C and CTRL_BREAK, and CTRL_C stays within its own group. */
const ENDING_SIGNALS: ReadonlySet<string> = new Set(['SIGINT', 'SIGTERM', 'SIGBREAK']);

class GroupLeader extends WindowsHandle {
  override signal(signalNumber: number): Delivery {
    const delivery = super.signal(signalNumber);
    const isAsked = delivery.kind === 'unheard' && ENDING_SIGNALS.has(signalName(signalNumber));
    return isAsked && native().breakGroup(this.ref.pid) ? { kind: 'delivered' } : delivery;
  }
}
