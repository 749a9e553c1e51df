import {
  type BigIntStats,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DaemonError, isErrno } from '../../errors.ts';
import { lockFileOf, readLock } from '../../record/lock.ts';
import { readPidFile } from '../../record/pid-file-state.ts';
import type { PidFileFacts } from './facts.ts';
import { holdsLock } from './parse-proc.ts';

const RUNTIME_FOLDER = '/run';
const OTHERS_WRITE = 0o002;
const GROUP_WRITES = 0o020;
const STICKY = 0o1000;

/** How a PID file stands, beside the process that it should name. Throws EACCES. */
export function readPidFileFacts(path: string, pid: number, auditorUid: number): PidFileFacts {
  const status = lstat(path);
  const lock = lstat(lockFileOf(path));
  const inodes = [status, lock].flatMap((found) => (found === null ? [] : [found.ino]));
  const uid = Number(status?.uid ?? 0n);
  return {
    path,
    exists: status !== null,
    lockFile: lockFileOf(realFile(path)),
    pid: readPidFile(path),
    isSymbolicLink: status?.isSymbolicLink() ?? false,
    mode: Number(status?.mode ?? 0n) & 0o7777,
    uid,
    links: Number(status?.nlink ?? 0n),
    isLocked: holdsLock(readFileSync('/proc/locks', 'latin1'), pid, inodes) || isHeldBy(path, pid),
    unsafeFolder: findUnsafeFolder(dirname(path), [0, auditorUid, uid]),
  };
}

function isHeldBy(path: string, pid: number): boolean {
  try {
    const lock = readLock(path);
    return lock.kind === 'held' && lock.pid === pid;
  } catch (error) {
    if (error instanceof DaemonError) return false; // not ours to open, or not to be trusted: an audit goes on
    throw error;
  }
}

function realFile(path: string): string {
  const folder = realFolder(dirname(path));
  return folder === null ? path : join(folder, basename(path));
}

function realFolder(folder: string): string | null {
  try {
    return realpathSync(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

function lstat(path: string): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true });
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/** The first folder, from `/` down, in which someone not trusted could put another file in its place. */
function findUnsafeFolder(folder: string, trustedUids: readonly number[]): string | null {
  const path = realFolder(folder);
  if (path === null) return null;
  const above = path === '/' ? null : findUnsafeFolder(dirname(path), trustedUids);
  if (above !== null) return above;
  const { mode, uid, gid } = statSync(path);
  const isOpen = (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && gid !== 0);
  return (isOpen && (mode & STICKY) === 0) || !trustedUids.includes(uid) ? path : null;
}

/** The PID file of a program that daimon did not start: one in /run that names it; null for none. */
export function searchPidFile(pid: number): string | null {
  const folders = [
    RUNTIME_FOLDER,
    ...entries(RUNTIME_FOLDER).map((name) => join(RUNTIME_FOLDER, name)),
  ];
  for (const folder of folders) {
    for (const name of entries(folder)) {
      const path = join(folder, name);
      if (name.endsWith('.pid') && namesPid(path, pid)) return path;
    }
  }
  return null;
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'EPERM')) return [];
    throw error;
  }
}

function namesPid(path: string, pid: number): boolean {
  try {
    return readPidFile(path) === pid;
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM', 'ENOENT')) return false;
    throw error;
  }
}
