import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isErrno } from '../../errors.ts';

/** `app.log.1`, `app.log-20261121`, `app.log.2026-11-21T03`; nothing that was compressed. */
const SUFFIX = /^[.-](\d[\d.:T_-]*)$/;
/** Up to here a number counts rotations, the greatest being the oldest; beyond, it is a date. */
const LONGEST_COUNT_DIGITS = 5;

/**
 * The former files of a log that came after the one that is open, oldest first: between two looks it
 * may have been rotated more than once. None where the open one bears no such name.
 */
export function findLaterFormers(path: string, openId: string): string[] {
  const folder = dirname(path);
  for (const family of formerFamilies(basename(path), namesIn(folder))) {
    const paths = family.map((name) => join(folder, name));
    const at = paths.findIndex((former) => idAt(former) === openId);
    if (at >= 0) return paths.slice(at + 1);
  }
  return [];
}

/** Former files by how they are named, as logrotate(8) and its kin do; each family's oldest first. */
export function formerFamilies(base: string, names: readonly string[]): string[][] {
  const formers = names.flatMap((name) => {
    const suffix = name.startsWith(base) ? SUFFIX.exec(name.slice(base.length))?.[1] : undefined;
    return suffix === undefined ? [] : [{ name, suffix }];
  });
  const counted = formers.filter(({ suffix }) => isCount(suffix));
  const dated = formers.filter(({ suffix }) => !isCount(suffix));
  counted.sort((a, b) => Number(b.suffix) - Number(a.suffix));
  dated.sort((a, b) => (a.suffix < b.suffix ? -1 : 1));
  return [counted, dated].map((family) => family.map(({ name }) => name));
}

function isCount(suffix: string): boolean {
  return /^\d+$/.test(suffix) && suffix.length <= LONGEST_COUNT_DIGITS;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

/** Which file bears the name now: device and inode; null for none. */
export function idAt(path: string): string | null {
  try {
    const status = statSync(path);
    return `${status.dev}:${status.ino}`;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) return null;
    throw error;
  }
}
