import { inspect } from 'node:util';
import { isMainThread } from 'node:worker_threads';
import { DaemonError } from '../../errors.ts';
import { system } from '../../os/index.ts';
import { native } from '../../os/native.ts';
import { readLock } from '../../record/lock.ts';
import { releaseClaim } from '../../record/own-claim.ts';
import { type Report, writeReport } from '../ready/report.ts';
import { deserializeArgs } from './clone-args.ts';
import { type HandoverHeader, takeHandover } from './handover.ts';

/** The daemon's view of its own coming up: what it was given, and whom it tells. */
export class Birth {
  readonly header: HandoverHeader;
  readonly #args: Uint8Array;
  #reportFd: number | null;
  #called = false;

  constructor(header: HandoverHeader, args: Uint8Array) {
    this.header = header;
    this.#args = args;
    this.#reportFd = system().nativeFd(header.reportFd);
    native().setCloseOnExec(this.#reportFd, true);
    process.on('uncaughtExceptionMonitor', this.#onFatal);
    system().hearSignals();
  }

  /** The call that was waited for has been reached. Once. */
  takeArgs(): unknown[] {
    if (this.#called) throw calledTwice();
    this.#called = true;
    return deserializeArgs(this.#args);
  }

  /** The call returns: from here on standard streams are the daemon's, and its files go when it ends. */
  returned(): void {
    if (this.header.mutesStderr) system().muteStderr();
    process.on('exit', () => {
      this.tell({ kind: 'ending' });
      this.release();
    });
    if (this.header.ready === 'notify') return;
    this.tell({ kind: 'returned' });
    // What fails in the same turn (a port that is taken, for example) is still told to the launcher.
    setImmediate(() => setImmediate(() => this.ready()));
  }

  /** False when the launcher knows already. */
  ready(): boolean {
    if (this.#reportFd === null) return false;
    this.tell({ kind: 'ready' });
    this.#stopTelling();
    return true;
  }

  /** False when nobody listens any more. */
  tell(report: Report): boolean {
    if (this.#reportFd === null) return false;
    writeReport(this.#reportFd, report);
    return true;
  }

  /** Tells the launcher why it fails, in the error's own words. */
  fail(error: unknown): void {
    if (!(error instanceof DaemonError)) return;
    const { code, message, syscall, errno, errnoName, path, pid } = error;
    this.tell({ kind: 'failed', code, message, facts: { syscall, errno, errnoName, path, pid } });
  }

  /** Removes the PID file, its lock and the record, as long as they are this process' own. */
  release(): void {
    releaseClaim(this.header.pidFile, this.header);
  }

  #stopTelling(): void {
    if (this.#reportFd !== null) native().closeFd(this.#reportFd);
    this.#reportFd = null;
    process.off('uncaughtExceptionMonitor', this.#onFatal);
  }

  readonly #onFatal = (error: unknown): void => {
    this.tell({ kind: 'last-words', text: inspect(error) });
  };
}

export function calledTwice(): DaemonError {
  return new DaemonError(
    'INVALID_ARGUMENT',
    'This process is a daemon already: a program becomes one once. To start another, start another program',
  );
}

// One per process, also when two copies of this module are loaded.
const BIRTH = Symbol.for('daimon.birth');
const holder = globalThis as { [BIRTH]?: Birth | null };

/** null in a process that was not started as a daemon by its own program. */
export function ownBirth(): Birth | null {
  if (!isMainThread) return null;
  if (holder[BIRTH] === undefined) holder[BIRTH] = findBirth();
  return holder[BIRTH];
}

function findBirth(): Birth | null {
  const handover = takeHandover();
  if (handover === null) return null;
  // A child that inherited the fd before it was read is not the daemon: the lock's owner is.
  const lock = readLock(handover.header.pidFile);
  const isOwner = lock.kind === 'held' && lock.pid === process.pid;
  return isOwner ? new Birth(handover.header, handover.args) : null;
}
