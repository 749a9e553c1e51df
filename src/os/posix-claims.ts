import { closeSync, constants, unlinkSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import { closeToOthers, isStillAt, openLockFile } from './lock-file.ts';
import { native } from './native.ts';
import { posixFiles } from './posix-files.ts';
import type { Claims, LockState } from './system.ts';
import { openTrustedFile } from './trusted-file.ts';

// A record lock on a file of its own: it survives exec, children do not inherit it, and F_GETLK names
// its owner. It is lost when its process closes any fd of that file. fcntl(2), "Record locks".

function read(path: string): LockState {
  const opened = openLock(path, constants.O_RDONLY);
  if (opened === null) return { kind: 'free' };
  try {
    const owner = native().lockOwner(opened.fd);
    if (owner === null) return { kind: 'free' };
    return owner > 0 ? { kind: 'held', pid: owner } : { kind: 'passing' };
  } finally {
    opened.close();
  }
}

function whileFree(path: string, work: () => void): boolean {
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
  const fd = openTrustedFile(path, access, posixFiles);
  if (fd === null) return null;
  closeToOthers(fd);
  return { fd, close: () => closeUnlessOurs(fd, path) };
}

function closeUnlessOurs(fd: number, path: string): void {
  if (native().lockOwner(fd) === process.pid) keptFds.set(path, fd);
  else closeSync(fd);
}

function take(path: string): boolean {
  const fd = openLockFile(path);
  // Tidied away between open and lock: then it is nobody's.
  if (native().lockForLife(fd) && native().fstat(fd)?.nlink !== 0) {
    keptFds.set(path, fd); // from now on the one that stays open
    return true;
  }
  closeSync(fd);
  return false;
}

function release(path: string): void {
  const state = read(path);
  const isOurs = state.kind === 'held' && state.pid === process.pid;
  const fd = isOurs ? keptFds.get(path) : undefined;
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

export const posixClaims: Claims = { read, whileFree, take, release };
