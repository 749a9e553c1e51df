import { readlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DaemonError, isErrno } from '../errors.ts';
import type { FileStatus } from '../os/file-status.ts';
import { system } from '../os/index.ts';

const MOST_LINKS = 40; // as the kernel's own path walk: path_resolution(7)
const STICKY = 0o1000;

/**
 * Refuses a folder whose files another user could replace behind our back: on the way to it, each
 * folder and symbolic link must be root's or the caller's, and a folder that everybody may write to
 * must be sticky, as /tmp is. A link such as /var/run is fine then. `groups` are those of the user
 * for whom something is started: a folder of root's that they may write to is no safer than their own.
 */
export function checkFolder(folder: string, groups: readonly number[] = []): void {
  checkFolders([folder], groups);
}

/** The same for several, which have most of their way in common. */
export function checkFolders(folders: readonly string[], groups: readonly number[] = []): void {
  const seen = new Set<string>();
  for (const folder of folders) {
    const fault = faultOnTheWay(folder, groups, MOST_LINKS, seen);
    if (fault === null) continue;
    throw new DaemonError(
      'UNSAFE_FILE',
      `Refused the folder ${folder}: ${fault}, and could put files of theirs in the place of ours. Choose another`,
      { path: folder },
    );
  }
}

/** Who else could replace files in the folder, in words; null for nobody. It need not exist yet. */
export function folderFault(folder: string, groups: readonly number[] = []): string | null {
  return faultOnTheWay(folder, groups, MOST_LINKS, new Set());
}

/** Who else could lay another file at this path, or where a link there leads, in words; null for nobody. */
export function wayFault(path: string, groups: readonly number[]): string | null {
  return faultOfWay(path, groups, MOST_LINKS);
}

function faultOfWay(path: string, groups: readonly number[], linksLeft: number): string | null {
  const fault = folderFault(dirname(path), groups);
  const isLink = lstat(path)?.kind === 'link';
  if (fault !== null || !isLink || linksLeft === 0) return fault;
  return faultOfWay(resolve(dirname(path), readlinkSync(path)), groups, linksLeft - 1);
}

/** True for a folder such as /tmp: what is ours there is safe, but others may have laid something of theirs. */
export function isSharedFolder(folder: string, groups: readonly number[] = []): boolean {
  const status = system().stat(folder);
  if (status === null) return false;
  const { othersMayWrite, groupMayWrite } = system().ownerOf(folder, status);
  return othersMayWrite || (groupMayWrite && groups.includes(status.gid));
}

/** `seen`: what was found to be without fault, and need not be looked at again. */
function faultOnTheWay(
  path: string,
  groups: readonly number[],
  linksLeft: number,
  seen: Set<string>,
): string | null {
  if (seen.has(path)) return null;
  seen.add(path);
  const status = lstat(path);
  const above = dirname(path);
  const fault =
    (status === null ? null : faultOf(path, status, groups)) ??
    (above === path ? null : faultOnTheWay(above, groups, linksLeft, seen));
  if (fault !== null || status?.kind !== 'link' || linksLeft === 0) return fault;
  return faultOnTheWay(resolve(above, readlinkSync(path)), groups, linksLeft - 1, seen);
}

function faultOf(path: string, status: FileStatus, groups: readonly number[]): string | null {
  const owner = system().ownerOf(path, status);
  if (!owner.isRoot && !owner.isOurs && !isNobodys(status.uid))
    return `another user (${owner.name}) owns ${path}`;
  if (status.kind === 'link' || (status.mode & STICKY) !== 0) return null;
  if (owner.othersMayWrite) return `everybody may write to ${path}`;
  const isTheirs = owner.groupMayWrite && groups.includes(status.gid);
  return isTheirs ? `the group ${status.gid} may write to ${path}` : null;
}

const OVERFLOW_UID = 65534;

/** In a user namespace, files of users that are not in it (the system's root) are shown as this one's. */
function isNobodys(uid: number): boolean {
  return uid === OVERFLOW_UID && system().hidesOwners();
}

function lstat(path: string): FileStatus | null {
  try {
    return system().lstat(path);
  } catch (error) {
    if (isErrno(error, 'EACCES')) return null;
    throw error;
  }
}
