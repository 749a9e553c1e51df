import { writeSync } from 'node:fs';
import { isErrno } from '../errors.ts';

const FULL_PIPE_PAUSE_MS = 1;

/** Writes all of it, also into a pipe that is full and does not block. */
export function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (!isErrno(error, 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_PAUSE_MS);
    }
  }
}
