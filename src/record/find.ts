import { realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { isErrno } from '../errors.ts';
import { system } from '../os/index.ts';
import type { ProcessRef } from '../process-ref.ts';
import type { Places } from '../spec/places.ts';
import { type LockState, readLock } from './lock.ts';
import { fileIdOf, isOtherFile, readPidFile } from './pid-file-state.ts';
import { type DaemonRecord, listRecordNames, readRecord } from './record.ts';
import { checkFolder } from './safe-folder.ts';

/**
 * One daemon as the system shows it now. The lock decides whether it runs; the record's identity
 * stands in where the daemon closed the lock's fd (programs that close all they inherit).
 */
export interface FoundDaemon {
  readonly name: string;
  readonly pidFile: string;
  readonly record: DaemonRecord | null;
  /** The process that is the daemon now; null when none runs. */
  readonly ref: ProcessRef | null;
  readonly pidFileExists: boolean;
}

/** A name, the entry's file name or path, or the path of a PID file. null: nothing goes by it. */
export function findDaemon(places: Places, target: string): FoundDaemon | null {
  checkFolder(places.state);
  const isPath = basename(target) !== target || target.endsWith('.pid');
  return isPath ? findByPath(places, resolve(target)) : findByName(places, target);
}

function findByName(places: Places, name: string): FoundDaemon | null {
  const record = readRecord(places.state, name);
  const found = inspect(name, record?.spec.pidFile ?? join(places.runtime, `${name}.pid`), record);
  if (record !== null || found.ref !== null || found.pidFileExists) return found;
  return findByEntry(places, name, (entry) => basename(entry) === name);
}

/** The daemon that is named for its entry, as a start without --name has it. */
function findByEntry(
  places: Places,
  target: string,
  isMeant: (entry: string) => boolean,
): FoundDaemon | null {
  const name = basename(target).replace(/\.[^.]+$/, '');
  const record = readRecord(places.state, name);
  if (record === null || !isMeant(record.spec.entry)) return null;
  return inspect(name, record.spec.pidFile, record);
}

function findByPath(places: Places, pidFile: string): FoundDaemon | null {
  checkFolder(dirname(pidFile)); // a link on the way there could lead to a daemon that is not meant
  const byName = readRecord(places.state, basename(pidFile, '.pid'));
  let record = byName !== null && isSamePlace(byName.spec.pidFile, pidFile) ? byName : null;
  for (const name of record === null ? listRecordNames(places.state) : []) {
    const candidate = readRecord(places.state, name);
    if (candidate !== null && isSamePlace(candidate.spec.pidFile, pidFile)) record = candidate;
  }
  if (record !== null) return inspect(record.spec.name, record.spec.pidFile, record);
  const found = inspect(basename(pidFile, '.pid'), pidFile, null);
  if (found.ref !== null) return found;
  const byEntry = findByEntry(places, pidFile, (entry) => entry === pidFile);
  if (byEntry !== null || !found.pidFileExists) return byEntry;
  return dirname(pidFile) === places.runtime || !isOtherFile(pidFile) ? found : null;
}

/** Also where one is named through a link to its folder, as /var/run/x.pid and /run/x.pid. */
function isSamePlace(one: string, other: string): boolean {
  if (one === other) return true;
  return basename(one) === basename(other) && realFolder(one) === realFolder(other);
}

function realFolder(file: string): string {
  try {
    return realpathSync(dirname(file));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return dirname(file);
    throw error;
  }
}

/** Every daemon that has a record, by name. */
export function listDaemons(places: Places): FoundDaemon[] {
  checkFolder(places.state);
  const found: FoundDaemon[] = [];
  for (const name of listRecordNames(places.state)) {
    const record = readRecord(places.state, name);
    if (record !== null) found.push(inspect(name, record.spec.pidFile, record));
  }
  return found;
}

export function inspect(name: string, pidFile: string, record: DaemonRecord | null): FoundDaemon {
  const lock = isAbsolute(pidFile) ? readLock(pidFile) : ({ kind: 'free' } as LockState);
  return {
    name,
    pidFile,
    record,
    ref: whoRuns(pidFile, lock, record),
    pidFileExists: fileIdOf(pidFile) !== null,
  };
}

function whoRuns(pidFile: string, lock: LockState, record: DaemonRecord | null): ProcessRef | null {
  if (lock.kind === 'held') {
    const facts = system().readProcess(lock.pid);
    // Still the owner after its start time was read: the time is the owner's, not a successor's.
    const again = readLock(pidFile);
    if (facts !== null && again.kind === 'held' && again.pid === lock.pid) return facts.ref;
  }
  if (record === null) return null;
  return isRecordedAlive(record) ? record.ref : whoWasLaunched(pidFile, record);
}

/**
 * The launcher was killed before it could write down whom it had launched, and the daemon has closed
 * its lock: then it is the one that the PID file names, if that bears the mark that was announced.
 */
function whoWasLaunched(pidFile: string, { startedAt, mark }: DaemonRecord): ProcessRef | null {
  if (startedAt !== null || mark === null) return null;
  const pid = readPidFile(pidFile);
  const facts = pid === null ? null : system().readProcess(pid);
  const isIt =
    facts !== null && system().isAlive(facts.ref) && system().bearsMark(facts.ref.pid, mark);
  return isIt ? facts.ref : null;
}

/**
 * True while the process that a record names runs. A start time counts in ticks of 10 ms, within
 * which a pid can be given away again: so it must bear the daemon's mark too.
 */
export function isRecordedAlive({ ref, mark }: DaemonRecord): boolean {
  return system().isAlive(ref) && (mark === null || system().bearsMark(ref.pid, mark));
}
