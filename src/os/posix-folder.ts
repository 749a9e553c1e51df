import { join } from 'node:path';
import { isErrno } from '../errors.ts';
import { refusedLock } from './lock-file.ts';
import { native } from './native.ts';

/**
 * flock(2) on a file in it, which goes with the last other file. Not on the folder: everybody who may read that can hold a
 * lock on it.
 */
export function holdFolder(folder: string): { release(): void } | 'held' | null {
  try {
    const fd = native().holdFolder(folder);
    return fd === null ? 'held' : { release: () => native().releaseFolder(fd, folder) };
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    if (isErrno(error, 'EPERM', 'ELOOP')) throw refusedLock(join(folder, '.lock'));
    throw error;
  }
}
