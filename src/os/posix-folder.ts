import { join } from 'node:path';
import { isErrno } from '../errors.ts';
import { refusedLock } from './lock-file.ts';
import { native } from './native.ts';

/**
 * flock(2) on a file in it that goes with the lock. Not on the folder: everybody who may read that can
 * hold a lock on it.
 */
export function holdFolder(folder: string): { release(): void } | 'held' | null {
  const path = join(folder, '.lock');
  try {
    const fd = native().holdFile(path);
    return fd === null ? 'held' : { release: () => native().releaseFile(fd, path) };
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    if (isErrno(error, 'EPERM', 'ELOOP')) throw refusedLock(path);
    throw error;
  }
}
