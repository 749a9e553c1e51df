import { closeSync, readSync, unlinkSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import { system } from '../os/index.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';
import { type Ids, openAs } from './open-as.ts';

const TAIL_BYTES = 8192;
const TAIL_LINES = 20;

/** How a log file stood before a launch: its size in bytes; null: it was not there. */
export interface LogMark {
  readonly path: string;
  /** Who controls its folder, where that is another user: as whom it is read. Such a file is left alone. */
  readonly ids: Ids | null;
  readonly sizeBytes: number | null;
}

/** The files that a daemon is about to write to: standard error first. */
export function markLogs(spec: DaemonSpec, controller: (path: string) => Ids | null): LogMark[] {
  const paths = [spec.stderr, spec.stdout].flatMap((target) =>
    target.kind === 'file' ? [target.path] : [],
  );
  return [...new Set(paths)].map((path) => ({
    path,
    ids: controller(path),
    sizeBytes: sizeOf(path),
  }));
}

function sizeOf(path: string): number | null {
  try {
    const status = system().stat(path);
    return status?.kind === 'file' ? status.sizeBytes : status && 0;
  } catch (error) {
    if (isErrno(error, 'EACCES')) return null;
    throw error;
  }
}

/** The last lines that were written since the mark. */
export function readTail(mark: LogMark): string[] {
  let fd: number;
  try {
    if (system().stat(mark.path)?.kind !== 'file') return [];
    fd = openAs(mark.path, mark.ids);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES', 'ELOOP', 'ENXIO')) return [];
    throw error;
  }
  try {
    const end = system().fstat(fd)?.sizeBytes ?? 0;
    const begin = Math.max(mark.sizeBytes ?? 0, end - TAIL_BYTES);
    if (end <= begin) return [];
    const buffer = Buffer.alloc(end - begin);
    const got = readSync(fd, buffer, 0, buffer.length, begin);
    return buffer
      .toString('utf8', 0, got)
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-TAIL_LINES);
  } finally {
    closeSync(fd);
  }
}

/** Removes a log that a failed launch made and wrote nothing into. */
export function removeIfNewAndEmpty(mark: LogMark): void {
  if (mark.ids !== null || mark.sizeBytes !== null || sizeOf(mark.path) !== 0) return;
  try {
    unlinkSync(mark.path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EACCES', 'EPERM')) throw error;
  }
}
