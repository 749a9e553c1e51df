import { system } from '../os/index.ts';
import type { LockState } from '../os/system.ts';

export type { LockState } from '../os/system.ts';

// The claim on a PID file is a lock on a file of its own: PID files are opened and closed by everyone.

export function lockFileOf(pidFile: string): string {
  return `${pidFile}.lock`;
}

export function readLock(pidFile: string): LockState {
  return system().claims.read(lockFileOf(pidFile));
}

/** Runs `work` while nobody can claim the PID file. false when a daemon holds it. */
export function whileUnclaimed(pidFile: string, work: () => void): boolean {
  return system().claims.whileFree(lockFileOf(pidFile), work);
}

/** Claims the PID file for this process: true when it is ours now. */
export function takeLock(pidFile: string): boolean {
  return system().claims.take(lockFileOf(pidFile));
}

/** True when this very process holds the claim. */
export function isLockOurs(pidFile: string): boolean {
  const lock = readLock(pidFile);
  return lock.kind === 'held' && lock.pid === process.pid;
}

/** Gives up this process' own lock, and removes its file where that is permitted. */
export function releaseLock(pidFile: string): void {
  system().claims.release(lockFileOf(pidFile));
}
