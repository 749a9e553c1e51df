import { closeSync, constants, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DaemonError, isErrno } from '../errors.ts';
import type { FileId } from '../os/file-status.ts';
import { system } from '../os/index.ts';
import { readWhole } from '../os/read-whole.ts';
import { HIGHEST_PID, type ProcessRef } from '../process-ref.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';
import { isDaemonSpec } from '../spec/is-daemon-spec.ts';
import { openOwnFile } from './own-file.ts';
import { removeIfThere } from './remove-if-there.ts';

export const RECORD_VERSION = 1;

/** What is known of a daemon that was started; one JSON file each, written atomically. */
export interface DaemonRecord {
  readonly version: typeof RECORD_VERSION;
  readonly spec: DaemonSpec;
  readonly ref: ProcessRef;
  /** What marks the daemon and all that descends from it; null where the system has no such thing. */
  readonly mark: string | null;
  readonly pidFileId: FileId | null;
  /** Where its readiness messages go, while somebody listens; null for none. */
  readonly notifyAddress: string | null;
  /**
   * Wall clock, ISO 8601; null as long as it is announced only. Ages are counted from the start time
   * in `ref`, which no clock change moves.
   */
  readonly startedAt: string | null;
  readonly ready: boolean;
  /** The command that waits for it to be ready; null once it is. When that is gone, nobody will know. */
  readonly awaitedBy: ProcessRef | null;
  /** The last STATUS= that the daemon sent; null for none. */
  readonly statusText: string | null;
  readonly restarts: number;
  /** The child of a `daimon run`, whose terminal and streams it shares. */
  readonly foreground: boolean;
}

// "unlimited" would be the mark of every process there is.
const TREE_MARK = /^\d{19}$/;
const PRIVATE = 0o600;
const RECORD_NAME = /^(.+)\.json$/;

function recordPath(stateFolder: string, name: string): string {
  return join(stateFolder, `${name}.json`);
}

/** Which file the record is: another one once somebody has written it. */
export function recordFileId(stateFolder: string, name: string): FileId | null {
  return system().lstat(recordPath(stateFolder, name))?.id ?? null;
}

/** null when there is none, or what is there is no record (a torn or foreign file). */
export function readRecord(stateFolder: string, name: string): DaemonRecord | null {
  const fd = openOwnFile(recordPath(stateFolder, name), constants.O_RDONLY);
  if (fd === null) return null;
  try {
    const record = parseRecord(readWhole(fd, 'utf8'));
    return record?.spec.name === name ? record : null;
  } finally {
    closeSync(fd);
  }
}

export function parseRecord(text: string): DaemonRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  return isRecord(value) ? value : null;
}

function isRecord(value: unknown): value is DaemonRecord {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Partial<Record<keyof DaemonRecord, unknown>>;
  return (
    given.version === RECORD_VERSION &&
    isDaemonSpec(given.spec) &&
    isRef(given.ref) &&
    (given.mark === null || (typeof given.mark === 'string' && TREE_MARK.test(given.mark))) &&
    isTextOrNull(given.pidFileId) &&
    isTextOrNull(given.notifyAddress) &&
    (given.startedAt === null || isTime(given.startedAt)) &&
    typeof given.ready === 'boolean' &&
    (given.awaitedBy === null || isRef(given.awaitedBy)) &&
    isTextOrNull(given.statusText) &&
    Number.isSafeInteger(given.restarts) &&
    typeof given.foreground === 'boolean'
  );
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function isTextOrNull(value: unknown): boolean {
  return value === null || typeof value === 'string';
}

function isRef(value: unknown): value is ProcessRef {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, startTime, bootId } = value as Partial<ProcessRef>;
  const isPid = Number.isInteger(pid) && Number(pid) > 0 && Number(pid) <= HIGHEST_PID;
  return isPid && typeof startTime === 'string' && typeof bootId === 'string';
}

export function listRecordNames(stateFolder: string): string[] {
  try {
    return readdirSync(stateFolder)
      .map((file) => RECORD_NAME.exec(file)?.[1])
      .filter((name): name is string => name !== undefined)
      .sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    if (!isErrno(error, 'EACCES')) throw error;
    throw new DaemonError(
      'REFUSED',
      `You may not read the folder ${stateFolder}. Try it as the user whose daemons they are`,
      { path: stateFolder, errnoName: error.code, cause: error },
    );
  }
}

/** Tells which file it is now. The caller holds the records: whileRecordsAreOurs(). */
export function writeRecord(stateFolder: string, record: DaemonRecord): FileId {
  const path = recordPath(stateFolder, record.spec.name);
  try {
    ensureFolder(stateFolder);
    return system().replaceFile(path, `${JSON.stringify(record, null, 2)}\n`, PRIVATE);
  } catch (cause) {
    throw new DaemonError(
      'SYSTEM',
      `Cannot write the record ${path}: ${(cause as Error).message}`,
      { path, cause },
    );
  }
}

export function removeRecord(stateFolder: string, name: string): void {
  const path = recordPath(stateFolder, name);
  removeIfThere(`${path}.new`);
  removeIfThere(path);
}

/** Makes one of daimon's own folders, private, whatever the umask; an existing one is left as it is. */
export function ensureFolder(folder: string): void {
  makeFolder(folder, 0o700);
}

/** By hand: where a file system has no mkdir (/proc), mkdirSync({ recursive: true }) tries for ever. */
function makeFolder(folder: string, mode: number): void {
  if (existsSync(folder)) return;
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return;
    const above = dirname(folder);
    if (!isErrno(error, 'ENOENT') || above === folder || existsSync(above)) throw error;
    makeFolder(above, 0o755);
    makeFolder(folder, mode);
  }
}
