import { constants, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { native } from '../os/native.ts';
import type { NativePlan } from '../os/native-launch.ts';
import { isSharedFolder, wayFault } from '../record/safe-folder.ts';

/** Whom root does something for. */
export type Ids = NonNullable<NativePlan['credentials']>;

/**
 * The daemon's user, where root must not follow a path with its own rights: who controls a folder on
 * the way could lay a link there to a file of root's. null: open it plainly.
 */
export function controllerOf(path: string, ids: Ids | null): Ids | null {
  if (process.geteuid?.() !== 0 || ids?.uid == null || ids.uid === 0) return null;
  const groups = ids.groups ?? [];
  const isTheirs = wayFault(path, groups) !== null || isSharedFolder(dirname(path), groups);
  return isTheirs ? ids : null;
}

/** Opens for reading, without waiting for whoever writes to a FIFO: as the given user, whose folder it is in, or, with null, as ourselves. */
export function openAs(path: string, ids: Ids | null): number {
  if (ids?.uid == null)
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  const gid = ids.gid ?? process.getegid?.() ?? 0;
  return native().openAsUser(path, ids.uid, gid, ids.groups ?? []);
}
