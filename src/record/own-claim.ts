import { accessSync, constants } from 'node:fs';
import { isErrno } from '../errors.ts';
import { system } from '../os/index.ts';
import type { Places } from '../spec/places.ts';
import { type FoundDaemon, findDaemon } from './find.ts';
import { isLockOurs, lockFileOf, releaseLock } from './lock.ts';
import { readPidFile, removePidFile } from './pid-file-state.ts';
import { listRecordNames, readRecord, removeRecord } from './record.ts';

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
  if (isHiddenClaim(pidFile)) return system().ownLocks()?.includes(lockFileOf(pidFile)) ?? false;
  return readPidFile(pidFile) === process.pid && isLockOurs(pidFile);
}

const LOCK_FILE = /^(.+)\.lock$/;

/** The daemon, started and recorded by daimon, that this process is; null when it is none, or may not read its record. */
export function findOwnDaemon(places: Places): FoundDaemon | null {
  for (const pidFile of ownPidFiles(places)) {
    if (isHiddenClaim(pidFile) || !isOwnClaim(pidFile)) continue;
    const found = findDaemon(places, pidFile);
    if (found?.record?.ref.pid === process.pid && found.ref?.pid === process.pid) return found;
  }
  return null;
}

/**
 * True in a daemon that was given another user: it holds a lock that it may not open, so it was
 * started with it. Its record is out of its reach.
 */
export function holdsHiddenClaim(): boolean {
  return system().ownLocks()?.some(isHidden) ?? false;
}

function isHiddenClaim(pidFile: string): boolean {
  return isHidden(pidFile) || isHidden(lockFileOf(pidFile));
}

function isHidden(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return false;
  } catch (error) {
    return isErrno(error, 'EACCES', 'EPERM');
  }
}

/** Those whose locks we hold; where that is not told, all that records name for our pid. */
function ownPidFiles(places: Places): string[] {
  const locks = system().ownLocks();
  if (locks !== null) return locks.flatMap((path) => LOCK_FILE.exec(path)?.[1] ?? []);
  return listRecordNames(places.state).flatMap((name) => {
    const record = readRecord(places.state, name);
    return record?.ref.pid === process.pid ? [record.spec.pidFile] : [];
  });
}
