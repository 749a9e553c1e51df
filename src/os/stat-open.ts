import { fstatSync, type Stats } from 'node:fs';
import { isErrno } from '../errors.ts';

/** null for a descriptor that is not open; on Windows also for what it does not tell of (under Wine, files of the system below). */
export function statOpen(fd: number): Stats | null {
  try {
    return fstatSync(fd);
  } catch (error) {
    if (isErrno(error, 'EBADF')) return null;
    throw error;
  }
}
