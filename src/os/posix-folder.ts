import { closeSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../errors.ts';
import { isStillAt, openLockFile } from './lock-file.ts';
import { native } from './native.ts';

/**
 * flock(2) on a file in it that goes with the lock. Not on the folder: everybody who may read that can
 * hold a lock on it.
 */
export function holdFolder(folder: string): { release(): void } | 'held' | null {
  const path = join(folder, '.lock');
  const fd = openUnlessMissing(path);
  if (fd === null) return null;
  // Removed between open and lock: then it is nobody's.
  if (native().lockWhole(fd) && isStillAt(fd, path)) return { release: () => release(fd, path) };
  closeSync(fd);
  return 'held';
}

function openUnlessMissing(path: string): number | null {
  try {
    return openLockFile(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/** Removed while it is ours still: who waits for it sees that, and makes the next one. */
function release(fd: number, path: string): void {
  try {
    if (isStillAt(fd, path)) unlinkSync(path);
  } finally {
    closeSync(fd);
  }
}
