import { readFileSync } from 'node:fs';
import { join, win32 } from 'node:path';
import { isErrno } from '../errors.ts';
import { monotonicMs } from './monotonic.ts';
import { native } from './native.ts';
import type { Claims, LockState } from './system.ts';
import { isAlive, nobody, readProcess } from './windows-process.ts';

// A claim is an open file that nobody else may write to. The kernel keeps that up for as long as any
// process has the file open: the launcher opens it and gives the handle to the daemon, not to be
// inherited by its children. Who holds it stands in the file, which only the holder could write:
// pid, creation time, and the handle's number in that process.

interface Holder {
  readonly pid: number;
  readonly startTime: string;
  readonly handle: number;
}

const HOLDER = /^(\d+) (\d+) (\d+)\n$/;

/** Writes down whose claim it is from now on. */
export function nameHolder(file: number, { pid, startTime, handle }: Holder): void {
  native().writeHeld(file, `${pid} ${startTime} ${handle}\n`);
}

function readHolder(path: string): Holder | null {
  const [, pid, startTime, handle] = HOLDER.exec(readQuietly(path)) ?? [];
  if (pid === undefined || startTime === undefined) return null;
  const holder = { pid: Number(pid), startTime, handle: Number(handle) };
  return isAlive({ ...nobody(), ...holder }) ? holder : null;
}

/** '' when it is just being removed. */
function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EPERM', 'EBUSY', 'EACCES')) return '';
    throw error;
  }
}

function read(path: string): LockState {
  if (!native().isFileHeld(win32.toNamespacedPath(path))) return { kind: 'free' };
  const holder = readHolder(path);
  return holder === null ? { kind: 'passing' } : { kind: 'held', pid: holder.pid };
}

// Other programs look into files, too: virus scanners, indexers.
const LONGEST_PASSING_MS = 1000;
const PASSING_PAUSE_MS = 5;

function whileFree(path: string, work: () => void): boolean {
  const endMs = monotonicMs() + LONGEST_PASSING_MS;
  let file = native().holdFile(win32.toNamespacedPath(path), false);
  while (file === null) {
    if (read(path).kind === 'held' || monotonicMs() > endMs) return false;
    native().pollReadable([], PASSING_PAUSE_MS);
    file = native().holdFile(win32.toNamespacedPath(path), false);
  }
  try {
    work();
    if (file !== undefined) native().removeHeld(file);
    return true;
  } finally {
    if (file !== undefined) native().closeHandle(file);
  }
}

/** Opens the claim for whoever is to have it; null: somebody has it. */
export function openClaim(path: string): number | null {
  return native().holdFile(win32.toNamespacedPath(path), true) ?? null;
}

function take(path: string): boolean {
  const file = openClaim(path);
  if (file === null) return false;
  const startTime = readProcess(process.pid)?.ref.startTime ?? '0';
  nameHolder(file, { pid: process.pid, startTime, handle: file });
  return true;
}

function release(path: string): void {
  if (read(path).kind !== 'held') return;
  const holder = readHolder(path);
  if (holder?.pid !== process.pid) return;
  native().removeHeld(holder.handle);
  native().closeHandle(holder.handle);
}

export const windowsClaims: Claims = { read, whileFree, take, release };

/** A file in it, held: folders cannot be. */
export function holdFolder(path: string): { release(): void } | 'held' | null {
  try {
    const file = openClaim(join(path, '.lock'));
    return file === null ? 'held' : { release: () => native().closeHandle(file) };
  } catch (error) {
    if (isErrno(error, 'ERROR_PATH_NOT_FOUND', 'ERROR_FILE_NOT_FOUND')) return null;
    throw error;
  }
}
