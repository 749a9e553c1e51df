import { createHash } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { inspect } from '../../record/find.ts';
import { readRecord } from '../../record/record.ts';
import type { Places } from '../../spec/places.ts';

const LONGEST_STEM = 60;

/**
 * The name by which `daimon list` knows the daemon of a PID file: the file's base name. Where a
 * running daemon of another PID file has that name, its folder is added (`web@staging`), and where
 * that is taken too, a digest of its path.
 */
export function nameFor(places: Places, pidFile: string): string {
  const stem = wordOf(basename(pidFile).replace(/\.pid$/, ''));
  const digest = createHash('sha256').update(pidFile).digest('hex').slice(0, 8);
  const candidates = [stem, `${stem}@${wordOf(basename(dirname(pidFile)))}`, `${stem}@${digest}`];
  return candidates.find((name) => !isAnothers(places, name, pidFile)) ?? `${stem}@${digest}`;
}

/** A file may be called anything; a name is part of command lines. */
function wordOf(text: string): string {
  const word = text.replace(/[^A-Za-z0-9_.@:+-]/g, '_').replace(/^[^A-Za-z0-9_]+/, '');
  return word.slice(0, LONGEST_STEM) || 'daemon';
}

function isAnothers(places: Places, name: string, pidFile: string): boolean {
  const record = readRecord(places.state, name);
  if (record === null || record.spec.pidFile === pidFile) return false;
  return inspect(name, record.spec.pidFile, record).ref !== null;
}
