import { closeSync, constants, openSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import { native } from './native.ts';
import type { FileOwner } from './system.ts';

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

export function ownerOf(_path: string, { uid, mode }: { uid: number; mode: number }): FileOwner {
  return {
    isOurs: uid === process.geteuid?.(),
    isRoot: uid === 0,
    name: `uid ${uid}`,
    groupMayWrite: (mode & GROUP_WRITES) !== 0,
    othersMayWrite: (mode & OTHERS_WRITE) !== 0,
  };
}

/** flock(2) on the folder itself. */
export function holdFolder(path: string): { release(): void } | 'held' | null {
  const fd = openFolder(path);
  if (fd === null) return null;
  if (native().lockFolder(fd)) return { release: () => closeSync(fd) };
  closeSync(fd);
  return 'held';
}

function openFolder(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

const STDERR = 2;

/** dup2(2) */
export function muteStderr(): void {
  const nothing = openSync('/dev/null', 'w');
  native().redirectFd(nothing, STDERR);
  closeSync(nothing);
}
