import { readSync } from 'node:fs';

let buffer = Buffer.allocUnsafe(64 * 1024);

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
