import { statSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import { system } from '../os/index.ts';
import type { FoundDaemon } from '../record/find.ts';

/**
 * What is known of when a dead daemon ended. Nobody was there to see it; but it cannot have outlived the
 * machine's last boot, and wrote to its log while it lived.
 */
export type LastSign = { kind: 'reboot' } | { kind: 'log'; writtenMs: number } | { kind: 'none' };

export function lastSign({ record }: FoundDaemon): LastSign {
  if (record === null) return { kind: 'none' };
  if (record.ref.bootId !== system().readProcess(process.pid)?.ref.bootId)
    return { kind: 'reboot' };
  const times = [record.spec.stdout, record.spec.stderr].flatMap((target) =>
    target.kind === 'file' ? (modifiedMs(target.path) ?? []) : [],
  );
  const writtenMs = Math.max(...times);
  // Written to before it was started: it has never said a word.
  return writtenMs > Date.parse(record.startedAt ?? '')
    ? { kind: 'log', writtenMs }
    : { kind: 'none' };
}

function modifiedMs(path: string): number | null {
  try {
    return statSync(path).mtimeMs;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return null;
    throw error;
  }
}
