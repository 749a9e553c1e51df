import { closeSync, readSync } from 'node:fs';
import { native } from './native.ts';
import { fstat } from './windows-file-status.ts';

// Node's C runtime takes over the file descriptors that its launcher hands down: see native/win32/launch.c.

/** All of the first file from this number on that begins with `magic`, once. null: there is none. */
export function takeFile(firstFd: number, magic: string): Buffer | null {
  for (let fd = firstFd; ; fd++) {
    const status = fstat(fd);
    if (status === null) return null;
    if (status.kind !== 'file' || read(fd, magic.length, 0).toString('latin1') !== magic) continue;
    const content = read(fd, status.sizeBytes, null);
    closeSync(fd);
    return content.length === status.sizeBytes ? content : null;
  }
}

function read(fd: number, length: number, position: number | null): Buffer {
  const buffer = Buffer.alloc(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
}

/** The handle behind a file descriptor: what the native functions take in the place of one. */
export function nativeFd(fd: number): number {
  return native().fdHandle(fd) ?? -1;
}

/**
 * There is no dup2() into Node's C runtime: what the program writes to `process.stderr` goes nowhere from
 * now on, and what its children inherit stays as it is.
 */
export function muteStderr(): void {
  // Loaded here: every command on every system has this file in it, and would pay 1.5 ms.
  const { Writable } = process.getBuiltinModule('node:stream');
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  Object.defineProperty(process, 'stderr', { value: nowhere, configurable: true });
}
