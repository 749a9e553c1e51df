import { readSync } from 'node:fs';

// No more than a page at first: for files of /proc/sys the kernel takes as much memory as is asked for, 0.1 to 0.4 ms for 64 KB.
let buffer = Buffer.allocUnsafe(4096);

/**
 * Reads an open file to its end. readFileSync() asks for the size first, which /proc does not tell,
 * and copies: three times as slow.
 */
export function readWhole(fd: number, encoding: 'latin1' | 'utf8'): string {
  for (let length = 0; ; ) {
    const got = readSync(fd, buffer, length, buffer.length - length, null);
    if (got === 0) return buffer.toString(encoding, 0, length);
    length += got;
    if (length === buffer.length) buffer = Buffer.concat([buffer], 2 * length);
  }
}
