import { isErrno } from '../errors.ts';
import type { FileStatus } from './file-status.ts';
import { native } from './native.ts';

/**
 * All of the first unnamed file from this number on that begins with `magic`. It can be taken once: the
 * reading position is shared by all who inherited the file, and the first leaves it at the end.
 */
export function takeFile(firstFd: number, magic: string): Buffer | null {
  for (let fd = firstFd; ; fd++) {
    const status = native().fstat(fd);
    if (status === null) return null;
    if (!beginsWith(fd, status, magic)) continue;
    const { sizeBytes } = status;
    const content = readFromPosition(fd, sizeBytes);
    native().closeFd(fd);
    if (content.length === sizeBytes) return content;
  }
}

function beginsWith(fd: number, status: FileStatus, magic: string): boolean {
  if (status.kind !== 'file' || status.nlink !== 0) return false;
  try {
    return native().readFd(fd, magic.length, 0).toString('latin1') === magic;
  } catch (error) {
    if (isErrno(error, 'EBADF', 'EPERM', 'EACCES', 'EINVAL', 'EIO')) return false; // not to be read
    throw error;
  }
}

function readFromPosition(fd: number, sizeBytes: number): Buffer {
  const parts: Buffer[] = [];
  for (let left = sizeBytes; left > 0; ) {
    const part = native().readFd(fd, left, -1);
    if (part.length === 0) break;
    parts.push(part);
    left -= part.length;
  }
  return Buffer.concat(parts);
}
