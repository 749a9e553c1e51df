import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DaemonError } from '../errors.ts';
import { system } from '../os/index.ts';
import { checkOptions, checkTimeMs } from '../spec/check-options.ts';
import { LONGEST_TIMER_MS } from '../spec/duration.ts';
import { lockFileOf, readLock, releaseLock, takeLock } from './lock.ts';
import { releaseClaim } from './own-claim.ts';
import { checkPidFile, readPidFile, refuseOtherFile, writePidFile } from './pid-file-state.ts';
import { checkFolder } from './safe-folder.ts';

export interface PidFileOptions {
  /**
   * How long {@link PidFile.acquire} waits for another process to let go, in milliseconds; it sleeps
   * until then. Default: 0, which fails at once. `Infinity` is for ever.
   */
  acquireTimeoutMs?: number | undefined;
}

// Another command holds the lock while it tidies up: for an instant.
const PASSING_PAUSE_MS = 2;
const PASSING_TRIES = 1000;

/**
 * A PID file on which one process has a claim at a time. The claim is a lock of the kernel on
 * `<path>.lock`: it ends with the process, however that ends, so that nothing is ever stale. The file
 * itself holds the number and a line end, for `pgrep -F` and the like.
 *
 * @example
 * await using pidFile = await new PidFile('job.pid').acquire()
 */
export class PidFile {
  /** Absolute. */
  readonly path: string;
  readonly acquireTimeoutMs: number;

  /** @throws DaemonError INVALID_ARGUMENT, UNKNOWN_OPTION */
  constructor(path: string, options: PidFileOptions = {}) {
    if (typeof path !== 'string' || path === '' || path.includes('\0'))
      throw new DaemonError('INVALID_ARGUMENT', 'PidFile needs the path of a file');
    checkOptions(options, { acquireTimeoutMs: 'number' }, 'PidFile');
    this.path = resolve(path);
    this.acquireTimeoutMs = checkTimeMs(options.acquireTimeoutMs, 'acquireTimeoutMs') ?? 0;
  }

  /**
   * Claims the file for this process and writes its pid, mode 0644 whatever the umask.
   *
   * @throws DaemonError ALREADY_RUNNING, with the `pid`, also when this very process holds it;
   *   UNSAFE_FILE for a symbolic link, another user's or a world-writable file; SYSTEM
   */
  async acquire(options: { signal?: AbortSignal | undefined } = {}): Promise<this> {
    await this.#persist(() => this.#tryToAcquire(), options.signal);
    return this;
  }

  /** @internal Waits, for as long as it may, until nobody holds the claim; throws as {@link acquire} does. */
  async untilFree(): Promise<void> {
    await this.#persist(() => this.owner(), undefined);
  }

  /** The pid that the file holds; null when there is none. Says nothing about who runs: see {@link owner}. */
  async read(): Promise<number | null> {
    return readPidFile(this.path);
  }

  /** The process that holds the claim now, as the kernel knows it; null for nobody. */
  async owner(): Promise<number | null> {
    const lock = readLock(this.path);
    return lock.kind === 'held' ? lock.pid : null;
  }

  /** True while a process holds the claim, this one or another. */
  async isLocked(): Promise<boolean> {
    return (await this.owner()) !== null;
  }

  /** Gives up this process' claim and removes the file. Does nothing where the claim is not ours. */
  async release(): Promise<void> {
    this.releaseSync();
  }

  /** @internal For the end of a process. */
  releaseSync(): void {
    releaseClaim(this.path, null);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** Tries until there is no owner, or the time is over; asleep in between. */
  async #persist(
    attempt: () => Promise<number | null>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const limitMs = Math.min(this.acquireTimeoutMs, LONGEST_TIMER_MS);
    const deadline = AbortSignal.timeout(limitMs);
    const either = signal === undefined ? deadline : AbortSignal.any([deadline, signal]);
    for (;;) {
      signal?.throwIfAborted();
      const owner = await attempt();
      if (owner === null) return;
      const isFree = limitMs > 0 && owner !== process.pid && (await endOf(owner, either));
      signal?.throwIfAborted();
      if (!isFree) throw heldBy(this.path, owner);
    }
  }

  /** null: it is ours now; else the owner. */
  async #tryToAcquire(): Promise<number | null> {
    attempt('claim', this.path, () => {
      checkFolder(dirname(this.path));
      checkPidFile(this.path);
    });
    for (let tries = 0; tries < PASSING_TRIES; tries++) {
      const held = readLock(this.path);
      if (held.kind === 'held') return held.pid;
      if (held.kind === 'free' && this.#claim()) return null;
      await sleep(PASSING_PAUSE_MS);
    }
    throw new DaemonError(
      'BUSY',
      `Cannot claim ${this.path}: another daimon command is working on it. Try again when it is done`,
      { path: this.path },
    );
  }

  #claim(): boolean {
    if (!attempt('open', lockFileOf(this.path), () => takeLock(this.path))) return false;
    try {
      attempt('write', this.path, () => {
        refuseOtherFile(this.path);
        writePidFile(this.path, process.pid);
      });
      return true;
    } catch (error) {
      releaseLock(this.path);
      throw error;
    }
  }
}

/** True when the process ended before the signal aborted. */
async function endOf(pid: number, signal: AbortSignal): Promise<boolean> {
  const facts = system().readProcess(pid);
  const handle = facts === null ? null : system().openProcess(facts.ref);
  if (handle === null) return !signal.aborted;
  try {
    await handle.exited(signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  } finally {
    handle.close();
  }
}

function heldBy(path: string, pid: number): DaemonError {
  const who = pid === process.pid ? 'this process itself' : `pid ${pid}`;
  return new DaemonError('ALREADY_RUNNING', `Cannot claim ${path}: ${who} holds it`, { pid, path });
}

/** What the system refuses is an error of ours. */
function attempt<T>(what: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw cause instanceof DaemonError ? cause : cannot(what, path, cause);
  }
}

function cannot(what: string, path: string, cause: unknown): DaemonError {
  const { code, errno, syscall } = cause as NodeJS.ErrnoException;
  return new DaemonError('SYSTEM', `Cannot ${what} ${path}: ${(cause as Error).message}`, {
    path,
    syscall,
    errno: errno === undefined ? undefined : Math.abs(errno),
    errnoName: code,
    cause,
  });
}
