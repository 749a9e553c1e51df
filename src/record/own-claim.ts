import { isErrno } from '../errors.ts';
import { system } from '../os/index.ts';
import type { Places } from '../spec/places.ts';
import { type FoundDaemon, findDaemon } from './find.ts';
import { isLockOurs, releaseLock } from './lock.ts';
import { readPidFile, removePidFile } from './pid-file-state.ts';
import { readRecord, removeRecord } from './record.ts';

/** Where the record of a claim is. */
export interface RecordPlace {
  readonly stateFolder: string;
  readonly name: string;
}

/**
 * Gives up this process' own claim on a PID file: removes the file, the record if there is one, and
 * the lock last. Does nothing where the claim is not ours. What may not be removed (after the user
 * was changed) is left: nobody holds its lock, so it says that nothing runs.
 */
export function releaseClaim(pidFile: string, record: RecordPlace | null): void {
  if (!isLockOurs(pidFile)) return;
  whereAllowed(() => removePidFile(pidFile, null, process.pid));
  if (record !== null) {
    whereAllowed(() => {
      if (readRecord(record.stateFolder, record.name)?.ref.pid === process.pid)
        removeRecord(record.stateFolder, record.name);
    });
  }
  releaseLock(pidFile);
}

function whereAllowed(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!isErrno(error, 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR')) throw error;
  }
}

/** True when this process holds the claim on the PID file, and the file says so. */
export function isOwnClaim(pidFile: string): boolean {
  return isLockOurs(pidFile) && readPidFile(pidFile) === process.pid;
}

const LOCK_LINK = /^(\/.+)\.lock$/;

/** The daemon, started and recorded by daimon, that this process is; null when it is none. */
export function findOwnDaemon(places: Places): FoundDaemon | null {
  for (const pidFile of lockedByThisProcess()) {
    const found = findDaemon(places, pidFile);
    if (found?.record?.ref.pid === process.pid && found.ref?.pid === process.pid) return found;
  }
  return null;
}

function lockedByThisProcess(): string[] {
  return system()
    .ownOpenPaths()
    .flatMap((path) => {
      const pidFile = LOCK_LINK.exec(path)?.[1];
      return pidFile !== undefined && isOwnClaim(pidFile) ? [pidFile] : [];
    });
}
