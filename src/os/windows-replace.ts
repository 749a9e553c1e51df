import { renameSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import { monotonicMs } from './monotonic.ts';
import { native } from './native.ts';

const LONGEST_OPEN_MS = 2000;
const PAUSE_MS = 5;

/** A file that somebody has open cannot be replaced: readers, and programs that look into all files, are waited for. */
export function replaceFile(aside: string, path: string): void {
  const endMs = monotonicMs() + LONGEST_OPEN_MS;
  for (;;) {
    try {
      renameSync(aside, path);
      return;
    } catch (error) {
      if (!isErrno(error, 'EPERM', 'EACCES', 'EBUSY') || monotonicMs() > endMs) throw error;
      native().pollReadable([], PAUSE_MS);
    }
  }
}
