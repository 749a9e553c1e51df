import { type BigIntStats, fstatSync, lstatSync, statSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import type { FileStatus } from './file-status.ts';

const HOW = { bigint: true, throwIfNoEntry: false } as const;

export function stat(path: string): FileStatus | null {
  return unlessGone(() => statSync(path, HOW));
}

export function lstat(path: string): FileStatus | null {
  return unlessGone(() => lstatSync(path, HOW));
}

/** null also for what Windows does not tell of: under Wine, files of the system below. */
export function fstat(fd: number): FileStatus | null {
  return unlessGone(() => fstatSync(fd, HOW));
}

function unlessGone(look: () => BigIntStats | undefined): FileStatus | null {
  try {
    const status = look();
    return status === undefined ? null : statusFrom(status);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EBADF')) return null;
    throw error;
  }
}

function statusFrom(status: BigIntStats): FileStatus {
  const { mode, uid, gid, nlink, size, rdev, dev, ino, birthtimeNs } = status;
  return {
    kind: kindOf(status),
    mode: Number(mode),
    uid: Number(uid),
    gid: Number(gid),
    nlink: Number(nlink),
    sizeBytes: Number(size),
    rdev: Number(rdev),
    id: `${dev}:${ino}:${birthtimeNs}`,
  };
}

function kindOf(status: BigIntStats): FileStatus['kind'] {
  if (status.isFile()) return 'file';
  if (status.isDirectory()) return 'folder';
  if (status.isSymbolicLink()) return 'link';
  if (status.isFIFO()) return 'fifo';
  return status.isCharacterDevice() ? 'character-device' : 'other';
}
