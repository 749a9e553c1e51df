import { closeSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import type { FileId } from './file-status.ts';
import { monotonicMs } from './monotonic.ts';
import { native } from './native.ts';
import { fstat } from './windows-file-status.ts';

const LONGEST_OPEN_MS = 2000;
const PAUSE_MS = 5;

export function replaceFile(path: string, text: string, mode: number): FileId {
  const aside = `${path}.new`;
  rmSync(aside, { force: true });
  try {
    const id = writeNew(aside, text, mode);
    renameOver(aside, path);
    return id;
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}

function writeNew(path: string, text: string, mode: number): FileId {
  const fd = openSync(path, 'wx', mode);
  try {
    writeFileSync(fd, text);
    return fstat(fd)?.id ?? '';
  } finally {
    closeSync(fd);
  }
}

/** A file that somebody has open cannot be replaced: readers, and programs that look into all files, are waited for. */
function renameOver(aside: string, path: string): void {
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
