import { closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from 'node:fs';
import { DaemonError, isErrno } from '../errors.ts';
import { native } from './native.ts';
import { ownerOf } from './posix-files.ts';
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
  const fd = openTrustedFile(path, access, ownerOf);
  return fd === null ? null : { fd, close: () => closeUnlessOurs(fd, path) };
}

function closeUnlessOurs(fd: number, path: string): void {
  if (native().lockOwner(fd) === process.pid) keptFds.set(path, fd);
  else closeSync(fd);
}

function take(path: string): boolean {
  const fd = openToTake(path);
  // Tidied away between open and lock: then it is nobody's.
  if (native().lockForLife(fd) && fstatSync(fd).nlink > 0) {
    keptFds.set(path, fd); // from now on the one that stays open
    return true;
  }
  closeSync(fd);
  return false;
}

function openToTake(path: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644);
  const { mode, uid, nlink } = fstatSync(fd);
  const isFile = (mode & constants.S_IFMT) === constants.S_IFREG;
  const owner = ownerOf(path, { uid, mode });
  const isWritable = owner.groupMayWrite || owner.othersMayWrite;
  if (isFile && owner.isOurs && !isWritable && nlink <= 1) return fd;
  closeSync(fd);
  throw new DaemonError(
    'UNSAFE_FILE',
    `Refused the lock ${path}: it belongs to another user, can be written by others, or has more than one link. Remove it`,
    { path },
  );
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
