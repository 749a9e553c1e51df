import { closeSync, constants, openSync, readSync } from 'node:fs';
import { DaemonError, isErrno } from '../errors.ts';
import type { FileId, FileStatus } from '../os/file-status.ts';
import { system } from '../os/index.ts';
import { HIGHEST_PID } from '../process-ref.ts';
import { removeIfThere } from './remove-if-there.ts';

export function fileIdOf(path: string): FileId | null {
  return system().lstat(path)?.id ?? null;
}

/**
 * Refuses a PID file that someone else could have put there or could write to:
 * what it says would choose whom a privileged caller signals (CVE-2017-11747).
 */
export function checkPidFile(path: string): void {
  const status = system().lstat(path);
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

function faultOf(path: string, status: FileStatus): string | null {
  if (status.kind === 'link') return 'it is a symbolic link';
  if (status.kind === 'folder') return 'it is a folder';
  if (status.kind !== 'file') return 'it is not a regular file';
  const owner = system().ownerOf(path, status);
  if (!owner.isOurs) return `it belongs to another user (${owner.name})`;
  if (owner.othersMayWrite) return 'everybody may write to it';
  if (status.nlink > 1) return 'it has more than one hard link';
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
  const text = readBeginning(path);
  return text !== null && !/^[-\d\s\0]*$/.test(text);
}

const BEGINNING_BYTES = 512;

/** The pid in a PID file; null when it is missing or holds anything but a pid. Never to be trusted alone. */
export function readPidFile(path: string): number | null {
  const text = readBeginning(path);
  const pid = text !== null && /^[1-9]\d{0,9}\n?$/.test(text) ? Number(text) : null;
  return pid !== null && pid <= HIGHEST_PID ? pid : null;
}

/** As much of a file as no PID file has; null where there is none, or what is there is no file. */
function readBeginning(path: string): string | null {
  if (system().lstat(path) === null) return null; // an error would cost 50 µs
  let fd: number;
  try {
    // O_NONBLOCK: a FIFO must not hang us.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO')) return null;
    throw error;
  }
  try {
    if (system().fstat(fd)?.kind !== 'file') return null;
    const buffer = Buffer.alloc(BEGINNING_BYTES);
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(fd);
  }
}

const PID_FILE_MODE = 0o644;

/** Names a process. */
export function writePidFile(path: string, pid: number): void {
  system().replaceFile(path, `${pid}\n`, PID_FILE_MODE);
}

/** Removes the PID file if it still is the one we know, or, where that is unknown, still names `pid`. */
export function removePidFile(path: string, known: FileId | null, pid: number | null): void {
  const mine =
    known === null ? pid !== null && readPidFile(path) === pid : fileIdOf(path) === known;
  if (mine) removeAnyPidFile(path);
}

/** Removes it whoever wrote it, where it is a file: what else there is was put there by nobody of ours. */
export function removeAnyPidFile(path: string): void {
  if (system().lstat(path)?.kind === 'file') removeIfThere(path);
}
