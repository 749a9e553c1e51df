import { dirname } from 'node:path';
import { DaemonError, isErrno } from '../errors.ts';
import { system } from '../os/index.ts';
import { type FoundDaemon, isRecordedAlive } from '../record/find.ts';
import { whileUnclaimed } from '../record/lock.ts';
import {
  checkPidFile,
  readPidFile,
  removeAnyPidFile,
  removePidFile,
} from '../record/pid-file-state.ts';
import { readRecord, removeRecord } from '../record/record.ts';
import { whileRecordsAreOurs } from '../record/record-lock.ts';
import { refuseUnrecorded } from '../record/unrecorded.ts';
import { type StopEvent, type StopTreeResult, stopTree } from '../shutdown/stop-tree.ts';
import { findTree } from '../shutdown/tree.ts';
import { escapeControls, listProcesses } from '../spec/escape.ts';
import type { Places } from '../spec/places.ts';
import { DEFAULT_GRACE_MS } from '../spec/resolve-spec.ts';
import { notYours } from './signal.ts';

const SIGTERM = 15;

export interface StopOptions {
  /** Default: the daemon's own stop signal, else SIGTERM. */
  readonly stopSignal: number | undefined;
  /** Default: the daemon's own grace, else 10 s. */
  readonly graceMs: number | undefined;
  readonly onEvent?: (event: StopEvent) => void;
  readonly hurry?: () => AbortSignal;
  readonly blockingMs?: number;
}

export interface Stopped extends StopTreeResult {
  /** null: it was dead already, and what it had left is removed. */
  readonly pid: number | null;
  readonly graceMs: number;
}

/** What tells its tree. A daemon that nobody recorded may share its session with others. */
function markOf({ record, ref }: FoundDaemon): string | null {
  if (record?.mark != null || ref === null) return record?.mark ?? null;
  const isLaunched = record !== null && !record.foreground;
  return isLaunched ? system().launchedTree(ref.pid) : system().readTreeMark(ref.pid);
}

/** Stops a daemon and everything that descends from it, and removes what it leaves. */
export async function stopDaemon(
  places: Places,
  found: FoundDaemon,
  options: StopOptions,
): Promise<Stopped> {
  const stopped = await endDaemon(found, options);
  try {
    await removeRemains(places, found);
  } catch (error) {
    throw stopped.pid === null ? error : cannotTidy(found.name, stopped.pid, error);
  }
  return stopped;
}

/** A fault of its files does not tell that the daemon itself has ended. */
function cannotTidy(name: string, pid: number, cause: unknown): unknown {
  if (!(cause instanceof DaemonError) && !isErrno(cause, 'EROFS', 'EACCES', 'EPERM')) return cause;
  return new DaemonError(
    cause instanceof DaemonError ? cause.code : 'REFUSED',
    `"${name}" (pid ${pid}) has ended, but its files are left. ${cause.message}`,
    { pid, cause },
  );
}

/** The same, but its files stay, as those of a daemon that was killed do: it is known how to start it again. */
export async function endDaemon(found: FoundDaemon, options: StopOptions): Promise<Stopped> {
  const { record, ref } = found;
  const graceMs = options.graceMs ?? record?.spec.graceMs ?? DEFAULT_GRACE_MS;
  const mark = markOf(found);
  const stopSignal = options.stopSignal ?? record?.spec.stopSignal ?? SIGTERM;
  const result = await stopTree({ root: ref, mark }, { ...options, graceMs, stopSignal }).catch(
    (error: unknown) => {
      if (ref === null || !isErrno(error, 'EPERM')) throw error;
      throw notYours(found.name, ref.pid, stopSignal, error);
    },
  );
  if (result.survivors.length > 0) {
    throw new DaemonError(
      'STOP_TIMEOUT',
      `Cannot stop "${found.name}": ${listProcesses(result.survivors)} did not end, not even by SIGKILL: the kernel holds it (state D), or it is not yours to signal`,
    );
  }
  return { ...result, pid: ref?.pid ?? null, graceMs };
}

/**
 * What a dead daemon has left running, in words; null for nothing. Without its record, nobody would
 * know whose it is.
 */
export function describeLeftovers({ record }: FoundDaemon): string | null {
  if (record === null || record.mark === null) return null;
  const { members, isWhole } = findTree({ root: null, mark: record.mark });
  if (members.length > 0)
    return listProcesses(members.map(({ ref, comm }) => ({ pid: ref.pid, comm })));
  return isWhole ? null : 'a process that forks and ends without end';
}

/** Removes PID file, lock and record; false when a new daemon has claimed them meanwhile. */
export async function removeRemains(places: Places, found: FoundDaemon): Promise<boolean> {
  const { record, ref, pidFile } = found;
  const isInOurFolder = dirname(pidFile) === places.runtime;
  refuseUnrecorded(places.state, found);
  if (!isInOurFolder) refuseForeign(found);
  return await whileRecordsAreOurs(places.state, () => {
    const now = readRecord(places.state, found.name);
    if (now !== null && (now.mark !== record?.mark || isRecordedAlive(now))) return false;
    return whileUnclaimed(pidFile, () => {
      const known = record?.pidFileId ?? null;
      if (known !== null || ref !== null) removePidFile(pidFile, known, ref?.pid ?? null);
      else if (isInOurFolder || namesNobody(pidFile)) {
        removeAnyPidFile(pidFile);
        checkPidFile(pidFile); // a link or a folder is left to who put it there: it must not seem removed
      }
      removeRecord(places.state, found.name);
    });
  });
}

/** Stale, whoever wrote it. In our own folder, which is private, one that names a recycled pid is, too. */
function namesNobody(pidFile: string): boolean {
  const pid = readPidFile(pidFile);
  return pid !== null && system().readProcess(pid) === null;
}

/** A PID file that we know nothing of but what it says, and it names a process that runs, or none at all. */
function refuseForeign({ record, ref, pidFile, pidFileExists }: FoundDaemon): void {
  if (record !== null || ref !== null || !pidFileExists) return;
  const pid = readPidFile(pidFile);
  if (pid === null) {
    throw new DaemonError(
      'NOT_FOUND',
      `${pidFile} is a file, but holds no pid, so nothing was stopped, and the file is left. See what runs with: daimon list`,
      { path: pidFile },
    );
  }
  const facts = system().readProcess(pid);
  if (facts === null) return;
  throw new DaemonError(
    'NOT_RUNNING',
    `${pidFile} names pid ${pid} (${escapeControls(facts.comm)}), which daimon has not started: it may be anybody's by now, so nothing was sent to it, and the file is left`,
    { path: pidFile },
  );
}
