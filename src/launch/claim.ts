import { dirname } from 'node:path';
import { DaemonError, isErrno } from '../errors.ts';
import type { FileId } from '../os/file-status.ts';
import { system } from '../os/index.ts';
import { type FoundDaemon, inspect } from '../record/find.ts';
import { whileUnclaimed } from '../record/lock.ts';
import { checkPidFile, refuseOtherFile, removePidFile } from '../record/pid-file-state.ts';
import { ensureFolder, readRecord } from '../record/record.ts';
import { whileRecordsAreOurs } from '../record/record-lock.ts';
import { checkFolders } from '../record/safe-folder.ts';
import { refuseUnrecorded } from '../record/unrecorded.ts';
import { type KilledProcess, stopTree } from '../shutdown/stop-tree.ts';
import { findTree } from '../shutdown/tree.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';
import type { Places } from '../spec/places.ts';
import { resolveCredentials } from './credentials.ts';
import { alreadyRunning } from './explain.ts';

const SIGTERM = 15;
const LEFTOVER_GRACE_MS = 5000;

/**
 * Looks before the launch whether the name is free and its files are safe. "Already running" belongs
 * on the caller's terminal; the claim that counts is the lock that the new process takes itself.
 */
export function checkClaim(places: Places, spec: DaemonSpec): void {
  const groups = resolveCredentials(spec).ids?.groups ?? [];
  checkFolders([places.state, dirname(spec.pidFile)], groups);
  checkFree(places, spec);
}

/** The same in folders that were looked at already. */
export function checkFree(places: Places, spec: DaemonSpec): void {
  checkPidFile(spec.pidFile);
  const record = readRecord(places.state, spec.name);
  if (record !== null && record.spec.pidFile !== spec.pidFile)
    refuseRunning(inspect(spec.name, record.spec.pidFile, record));
  const found = inspect(spec.name, spec.pidFile, record);
  refuseRunning(found);
  refuseUnrecorded(places.state, found);
  // In our own folder, which is private, whatever there is was to be a PID file.
  if (dirname(spec.pidFile) !== places.runtime) refuseOtherFile(spec.pidFile);
}

function refuseRunning({ name, ref, pidFile }: FoundDaemon): void {
  if (ref !== null) throw alreadyRunning(name, ref.pid, pidFile);
}

/** Looks at them before they are made: on a way that others control they would be made wherever they like. */
export function makeFolders(places: Places): void {
  const folders = Object.values(places);
  checkFolders(folders);
  for (const folder of folders)
    makeFolder(folder, 'Choose another home with DAIMON_HOME=/some/folder');
}

export function makeFolder(folder: string, wayOn: string): void {
  try {
    ensureFolder(folder);
  } catch (cause) {
    if (!isErrno(cause, 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'ENOTDIR', 'ENOENT')) throw cause;
    throw new DaemonError('REFUSED', `Cannot make the folder ${folder} (${cause.code}). ${wayOn}`, {
      path: folder,
      errnoName: cause.code,
      cause,
    });
  }
}

/** Ends what a daemon that died has left running: it would hold the ports and files of the new one. */
export async function endLeftovers(
  places: Places,
  name: string,
): Promise<readonly KilledProcess[]> {
  if (readRecord(places.state, name) === null) return [];
  // Not while another start is between its announcement and its daemon's: that one is no leftover.
  const mark = await whileRecordsAreOurs(places.state, () => markOfDead(places, name));
  if (mark === null) return [];
  const scope = { root: null, mark };
  const { members, isWhole } = findTree(scope);
  const left = members.map(({ ref, comm }) => ({ pid: ref.pid, comm }));
  if (left.length > 0 || !isWhole)
    await stopTree(scope, { stopSignal: SIGTERM, graceMs: LEFTOVER_GRACE_MS });
  return left;
}

function markOfDead(places: Places, name: string): string | null {
  const record = readRecord(places.state, name);
  if (record === null || record.ref.bootId !== system().nobody().bootId) return null;
  const isDead = inspect(name, record.spec.pidFile, record).ref === null;
  return isDead ? record.mark : null;
}

/** Removes the PID file and the lock of a daemon that no longer runs; `also` runs while nobody can claim them. */
export function tidyFiles(
  pidFile: string,
  known: FileId | null,
  pid: number | null,
  also: () => void = () => {},
): void {
  whileUnclaimed(pidFile, () => {
    removePidFile(pidFile, known, pid);
    also();
  });
}
