import { writeSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import { statOpen } from '../os/stat-open.ts';

// Written by writeSync(2) on the fd: making process.stdout costs 2 to 4 ms at every start.

const MEMORY_DEVICES = 1; // major number of /dev/null and its kin, which are no terminals
const FULL_PIPE_PAUSE_MS = 1;

export function writeText(fd: 1 | 2, text: string): void {
  writeBytes(fd, Buffer.from(text));
}

/** Writes all of it, also into a pipe that is full and does not block. */
export function writeBytes(fd: 1 | 2, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (!isErrno(error, 'EAGAIN')) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_PIPE_PAUSE_MS);
    }
  }
}

export function isTerminal(fd: 1 | 2): boolean {
  const status = statOpen(fd);
  if (!status?.isCharacterDevice() || status.rdev >> 8 === MEMORY_DEVICES) return false;
  return (fd === 1 ? process.stdout : process.stderr).isTTY === true;
}
