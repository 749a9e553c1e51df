import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DaemonError, isErrno } from '../errors.ts';
import { system } from '../os/index.ts';

const MOST_LINKS = 40; // as the kernel's own path walk: path_resolution(7)
const STICKY = 0o1000;

/**
 * Refuses a folder whose files another user could replace behind our back: on the way to it, each
 * folder and symbolic link must be root's or the caller's, and a folder that everybody may write to
 * must be sticky, as /tmp is. A link such as /var/run is fine then.
 */
export function checkFolder(folder: string): void {
  const fault = folderFault(folder);
  if (fault === null) return;
  throw new DaemonError(
    'UNSAFE_FILE',
    `Refused the folder ${folder}: ${fault}, and could put files of theirs in the place of ours. Choose another`,
    { path: folder },
  );
}

/** Who else could replace files in the folder, in words; null for nobody. */
export function folderFault(folder: string): string | null {
  return faultOnTheWay(folder, MOST_LINKS);
}

function faultOnTheWay(path: string, linksLeft: number): string | null {
  const status = lstat(path);
  if (status === null) return null; // not there: opening it will say so
  const above = dirname(path);
  const fault = faultOf(path, status) ?? (above === path ? null : faultOnTheWay(above, linksLeft));
  if (fault !== null || !status.isSymbolicLink() || linksLeft === 0) return fault;
  return faultOnTheWay(resolve(above, readlinkSync(path)), linksLeft - 1);
}

function faultOf(path: string, status: Stats): string | null {
  const owner = system().ownerOf(path, status);
  if (!owner.isRoot && !owner.isOurs && !isNobodys(status.uid))
    return `another user (${owner.name}) owns ${path}`;
  const isOpen = !status.isSymbolicLink() && owner.othersMayWrite;
  return isOpen && (status.mode & STICKY) === 0 ? `everybody may write to ${path}` : null;
}

const WHOLE_RANGE = /^\s*0\s+0\s+4294967295\s*$/;
const OVERFLOW_UID = 65534;

/** In a user namespace, files of users that are not in it (the system's root) are shown as this one's. */
function isNobodys(uid: number): boolean {
  return uid === OVERFLOW_UID && !WHOLE_RANGE.test(readFileSync('/proc/self/uid_map', 'latin1'));
}

function lstat(path: string): Stats | null {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return null;
    throw error;
  }
}
