import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isErrno } from '../../errors.ts';
import { type Places, placesIn } from '../../spec/places.ts';

/**
 * The places of a container's first process. Its user often has no home and its file system is often
 * read-only; what every container has to write to is shared memory. Where not even that is there,
 * the usual places stay, for their error.
 */
export function containerPlaces(usual: Places, sharedMemory = '/dev/shm'): Places {
  if (Object.values(usual).every(canBeMade)) return usual;
  const uid = process.geteuid?.() ?? 0;
  const home = join(sharedMemory, `daimon-${uid}`);
  return isOwnFolder(home, uid) ? placesIn(home) : usual;
}

/** True when the folder, or the nearest one above it that exists, may be written to. */
function canBeMade(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT') && folder !== '/') return canBeMade(dirname(folder));
    if (isErrno(error, 'EACCES', 'EROFS', 'ENOTDIR', 'ENOENT')) return false;
    throw error;
  }
}

/** Everybody may write to /dev/shm: what somebody else has put there is not ours to use. */
function isOwnFolder(folder: string, uid: number): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EROFS', 'ENOSPC')) return false;
    if (!isErrno(error, 'EEXIST')) throw error;
  }
  const status = lstatSync(folder);
  return status.isDirectory() && status.uid === uid && (status.mode & 0o077) === 0;
}
