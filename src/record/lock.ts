import { closeSync, constants, fstatSync, lstatSync, unlinkSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import { native } from '../os/native.ts';
import { openOwnFile } from './own-file.ts';

// The claim on a PID file is a lock on a file of its own: a record lock is lost when its process
// closes any fd of the locked file, and PID files are opened and closed by everyone.
// fcntl(2), "Record locks".

export function lockFileOf(pidFile: string): string {
  return `${pidFile}.lock`;
}

/** `passing`: a daimon command holds the lock for an instant, to tidy up. */
export type LockState = { kind: 'free' } | { kind: 'held'; pid: number } | { kind: 'passing' };

export function readLock(pidFile: string): LockState {
  const opened = openLock(lockFileOf(pidFile), constants.O_RDONLY);
  if (opened === null) return { kind: 'free' };
  try {
    const owner = native().lockOwner(opened.fd);
    if (owner === null) return { kind: 'free' };
    return owner > 0 ? { kind: 'held', pid: owner } : { kind: 'passing' };
  } finally {
    opened.close();
  }
}

/**
 * Runs `work` while nobody can claim the PID file. false when a daemon holds it.
 * The lock file is removed at the end: those who opened it meanwhile see that it is gone and retry.
 */
export function whileUnclaimed(pidFile: string, work: () => void): boolean {
  const path = lockFileOf(pidFile);
  const opened = openLock(path, constants.O_RDWR);
  if (opened === null) {
    work();
    return true;
  }
  try {
    if (!native().lockBriefly(opened.fd)) return false;
    work();
    if (isStillAt(opened.fd, path)) unlinkSync(path);
    return true;
  } finally {
    opened.close();
  }
}

function isStillAt(fd: number, path: string): boolean {
  try {
    const [here, there] = [fstatSync(fd), lstatSync(path)];
    return here.dev === there.dev && here.ino === there.ino;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return false;
    throw error;
  }
}

// A process that holds the claim itself must not close another fd of the lock file: that would lose
// its lock. It asks through one that then stays open.
const keptFds = new Map<string, number>();

interface OpenedLock {
  readonly fd: number;
  close(): void;
}

function openLock(path: string, access: number): OpenedLock | null {
  const kept = keptFds.get(path);
  if (kept !== undefined && isStillAt(kept, path)) return { fd: kept, close() {} };
  const fd = openOwnFile(path, access);
  return fd === null ? null : { fd, close: () => closeUnlessOurs(fd, path) };
}

function closeUnlessOurs(fd: number, path: string): void {
  if (native().lockOwner(fd) === process.pid) keptFds.set(path, fd);
  else closeSync(fd);
}

/** The lock was taken through this fd, which is from now on the one that stays open. */
export function keepLockFd(pidFile: string, fd: number): void {
  keptFds.set(lockFileOf(pidFile), fd);
}

/** True when this very process holds the claim. */
export function isLockOurs(pidFile: string): boolean {
  const lock = readLock(pidFile);
  return lock.kind === 'held' && lock.pid === process.pid;
}

/** Gives up this process' own lock, and removes its file where that is permitted. */
export function releaseLock(pidFile: string): void {
  const path = lockFileOf(pidFile);
  const fd = isLockOurs(pidFile) ? keptFds.get(path) : undefined;
  if (fd === undefined) return;
  try {
    if (isStillAt(fd, path)) unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOENT')) throw error;
  } finally {
    keptFds.delete(path);
    closeSync(fd); // any fd of the file: the lock goes with it. fcntl(2)
  }
}
