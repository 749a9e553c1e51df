import { isErrno } from '../errors.ts';
import { system } from '../os/index.ts';
import type { Places } from '../spec/places.ts';
import { type FoundDaemon, findDaemon } from './find.ts';
import { isLockOurs, releaseLock } from './lock.ts';
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
  return isLockOurs(pidFile) && readPidFile(pidFile) === process.pid;
}

const LOCK_FILE = /^(.+)\.lock$/;

/** The daemon, started and recorded by daimon, that this process is; null when it is none. */
export function findOwnDaemon(places: Places): FoundDaemon | null {
  for (const pidFile of ownPidFiles(places)) {
    if (!isOwnClaim(pidFile)) continue;
    const found = findDaemon(places, pidFile);
    if (found?.record?.ref.pid === process.pid && found.ref?.pid === process.pid) return found;
  }
  return null;
}

/** Those whose locks we have open; where that is not told, all that records name for our pid. */
function ownPidFiles(places: Places): string[] {
  const open = system().ownOpenPaths();
  if (open !== null) return open.flatMap((path) => LOCK_FILE.exec(path)?.[1] ?? []);
  return listRecordNames(places.state).flatMap((name) => {
    const record = readRecord(places.state, name);
    return record?.ref.pid === process.pid ? [record.spec.pidFile] : [];
  });
}
