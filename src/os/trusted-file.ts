import { closeSync, constants, openSync } from 'node:fs';
import { DaemonError, isErrno } from '../errors.ts';
import type { FileStatus } from './file-status.ts';
import type { System } from './system.ts';

/**
 * Opens a file whose content is trusted: a regular file of the caller's or of root's that nobody else
 * may write to, and no symbolic link. What it says chooses whom a caller signals (CVE-2017-11747).
 * null when there is none.
 */
export function openTrustedFile(
  path: string,
  access: number,
  files: Pick<System, 'lstat' | 'fstat' | 'ownerOf'>,
): number | null {
  if (files.lstat(path) === null) return null; // an error would cost 50 µs
  const fd = open(path, access);
  if (fd === null) return null;
  const fault = faultOf(path, files.fstat(fd), files.ownerOf);
  if (fault === null) return fd;
  closeSync(fd);
  throw unsafe(path, fault);
}

function open(path: string, access: number): number | null {
  try {
    // O_NONBLOCK: a FIFO must not hang us.
    return openSync(path, access | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT', 'ENOTDIR')) return null;
    if (isErrno(cause, 'ELOOP')) throw unsafe(path, 'it is a symbolic link');
    if (isErrno(cause, 'EISDIR', 'ENXIO')) throw unsafe(path, 'it is not a regular file');
    if (!isErrno(cause, 'EACCES', 'EPERM')) throw cause;
    throw new DaemonError(
      'REFUSED',
      `You may not open ${path}. Try it as the user who started it`,
      {
        path,
        errnoName: cause.code,
        cause,
      },
    );
  }
}

function faultOf(
  path: string,
  status: FileStatus | null,
  ownerOf: System['ownerOf'],
): string | null {
  if (status?.kind !== 'file') return 'it is not a regular file';
  const owner = ownerOf(path, status);
  if (!owner.isRoot && !owner.isOurs) return `it belongs to another user (${owner.name})`;
  return owner.groupMayWrite || owner.othersMayWrite ? 'others may write to it' : null;
}

function unsafe(path: string, fault: string): DaemonError {
  return new DaemonError('UNSAFE_FILE', `Refused ${path}: ${fault}. Look at it, then remove it`, {
    path,
  });
}
