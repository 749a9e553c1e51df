import { unlinkSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import { system } from '../os/index.ts';

/** True when there was something to remove. */
export function removeIfThere(path: string): boolean {
  if (system().lstat(path) === null) return false; // an error would cost 50 µs
  try {
    unlinkSync(path);
    return true;
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    return false;
  }
}
