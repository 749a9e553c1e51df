import { closeSync, constants, fchmodSync, openSync } from 'node:fs';
import { DaemonError } from '../errors.ts';
import { native } from './native.ts';
import { ownerOf } from './posix-files.ts';

const PRIVATE = 0o600;
const OF_OTHERS = 0o077;

/**
 * Opens a file that is there to be locked, and makes it where there is none: the caller's own, and
 * closed to everybody else, who could otherwise hold a lock on it and keep us waiting.
 */
export function openLockFile(path: string): number {
  const { O_RDWR, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, PRIVATE);
  const status = native().fstat(fd);
  if (status?.kind === 'file' && status.nlink <= 1) {
    const owner = ownerOf(path, status);
    if (owner.isOurs && !owner.groupMayWrite && !owner.othersMayWrite) {
      closeToOthers(fd);
      return fd;
    }
  }
  closeSync(fd);
  throw refusedLock(path);
}

export function refusedLock(path: string): DaemonError {
  return new DaemonError(
    'UNSAFE_FILE',
    `Refused the lock ${path}: it belongs to another user, can be written by others, or has more than one link. Remove it`,
    { path },
  );
}

/** Takes a lock file of ours that others may read from them. Who has it open already keeps what they hold. */
export function closeToOthers(fd: number): void {
  const status = native().fstat(fd);
  if (status === null || status.uid !== process.geteuid?.()) return;
  if ((status.mode & OF_OTHERS) !== 0) fchmodSync(fd, PRIVATE);
}

/** False once the file was removed, or another one is in its place. */
export function isStillAt(fd: number, path: string): boolean {
  const here = native().fstat(fd);
  return here !== null && here.id === native().lstat(path)?.id;
}
