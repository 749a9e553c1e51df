import {
  type BigIntStats,
  chmodSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { DaemonError, isErrno } from '../errors.ts';
import { system } from '../os/index.ts';
import { HIGHEST_PID } from '../process-ref.ts';

/** Which file it is, whatever its name: device and inode, and when it was made, as inodes are used again. */
export type FileId = string;

export function fileIdOf(path: string): FileId | null {
  const status = lstat(path);
  return status === null ? null : `${status.dev}:${status.ino}:${status.birthtimeNs}`;
}

function lstat(path: string): BigIntStats | null {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

/**
 * Refuses a PID file that someone else could have put there or could write to:
 * what it says would choose whom a privileged caller signals (CVE-2017-11747).
 */
export function checkPidFile(path: string): void {
  const status = lstat(path);
  if (status === null) return;
  const fault = faultOf(path, status);
  if (fault !== null) {
    throw new DaemonError(
      'UNSAFE_FILE',
      `Refused the PID file ${path}: ${fault}. Remove it, or choose another with --pid-file`,
      { path },
    );
  }
}

function faultOf(path: string, status: BigIntStats): string | null {
  if (status.isSymbolicLink()) return 'it is a symbolic link';
  if (status.isDirectory()) return 'it is a folder';
  if (!status.isFile()) return 'it is not a regular file';
  const owner = system().ownerOf(path, { uid: Number(status.uid), mode: Number(status.mode) });
  if (!owner.isOurs) return `it belongs to another user (${owner.name})`;
  if (owner.othersMayWrite) return 'everybody may write to it';
  if (status.nlink > 1n) return 'it has more than one hard link';
  return null;
}

/**
 * Refuses a file that was never a PID file: to start over it would destroy a program or a document
 * whose path was given by mistake.
 */
export function refuseOtherFile(path: string): void {
  if (!isOtherFile(path)) return;
  throw new DaemonError(
    'UNSAFE_FILE',
    `Refused the PID file ${path}: it holds something else than a pid. Choose another with --pid-file`,
    { path },
  );
}

/** True for a file that holds what no PID file ever held, nor what a crash leaves of one: nothing, zero bytes. */
export function isOtherFile(path: string): boolean {
  return !/^[-\d\s\0]*$/.test(readBeginning(path) ?? '');
}

const BEGINNING_BYTES = 512;

/** The pid in a PID file; null when it is missing or holds anything but a pid. Never to be trusted alone. */
export function readPidFile(path: string): number | null {
  const text = readBeginning(path) ?? '';
  const pid = /^[1-9]\d{0,9}\n?$/.test(text) ? Number(text) : null;
  return pid !== null && pid <= HIGHEST_PID ? pid : null;
}

/** As much of a file as no PID file has; null where there is none, or what is there is no file. */
function readBeginning(path: string): string | null {
  if (lstat(path) === null) return null; // an error would cost 50 µs
  let fd: number;
  try {
    // O_NONBLOCK: a FIFO must not hang us.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return null;
    throw error;
  }
  try {
    if (!fstatSync(fd).isFile()) return null;
    const buffer = Buffer.alloc(BEGINNING_BYTES);
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(fd);
  }
}

/** Names another process, of the same daemon. Written aside and renamed: a reader sees a whole file. */
export function replacePidFile(path: string, pid: number): void {
  const aside = `${path}.new`;
  rmSync(aside, { force: true });
  writeFileSync(aside, `${pid}\n`, { flag: 'wx' });
  chmodSync(aside, 0o644); // whatever our umask
  system().replaceFile(aside, path);
}

/** Removes the PID file if it still is the one we know, or, where that is unknown, still names `pid`. */
export function removePidFile(path: string, known: FileId | null, pid: number | null): void {
  const mine =
    known === null ? pid !== null && readPidFile(path) === pid : fileIdOf(path) === known;
  if (mine) removeAnyPidFile(path);
}

/** Removes it whoever wrote it, where it is a file: what else there is was put there by nobody of ours. */
export function removeAnyPidFile(path: string): void {
  if (!lstat(path)?.isFile()) return;
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
  }
}
