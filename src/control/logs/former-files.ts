import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isErrno } from '../../errors.ts';
import { inodeId } from './log-file.ts';

/** A file that bore a log's name before it was rotated away. */
export interface FormerFile {
  readonly path: string;
  /** As `LogFile.id`. */
  readonly id: string;
  /** With the time it was made: inode numbers are given away again. */
  readonly identity: string;
  readonly bornNs: bigint;
}

/** `app.log.1`, `app.log-20261121`, `app.log.2026-11-21T03`; nothing that was compressed. */
const SUFFIX = /^[.-]\d[\d.:T_-]*$/;

/** True for names that logrotate(8) and its kin give to former files. */
export function isFormerName(base: string, name: string): boolean {
  return name.startsWith(base) && SUFFIX.test(name.slice(base.length));
}

/** The former files of a log that are there now, the oldest first. */
export function listFormers(path: string): FormerFile[] {
  const [folder, base] = [dirname(path), basename(path)];
  return namesIn(folder)
    .filter((name) => isFormerName(base, name))
    .flatMap((name) => formerAt(join(folder, name)) ?? [])
    .sort(byAge);
}

/** Made in the same tick of the clock: then the greater number is the older, as logrotate(8) counts. */
function byAge(a: FormerFile, b: FormerFile): number {
  if (a.bornNs !== b.bornNs) return a.bornNs < b.bornNs ? -1 : 1;
  return b.path.localeCompare(a.path, undefined, { numeric: true });
}

function formerAt(path: string): FormerFile | null {
  try {
    const status = statSync(path, { bigint: true });
    const id = inodeId(status);
    const bornNs = status.birthtimeNs;
    return { path, id, identity: `${id}:${bornNs}`, bornNs };
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ELOOP', 'EACCES')) return null;
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}
