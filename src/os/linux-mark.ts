import { readProcFile } from './proc.ts';

// RLIMIT_LOCKS has had no effect since Linux 2.4.25 (getrlimit(2)), yet fork and exec hand it down,
// setsid and a closed fd do not shake it off, and /proc/PID/limits shows it: so high a soft limit is a
// name for a process and everything that descends from it.
const RLIMIT_LOCKS = 10;

/** What a launch sets: resource, soft, and the hard limit left as it is. */
export function limitFor(mark: string): [number, string, string] {
  return [RLIMIT_LOCKS, mark, ''];
}

export function readTreeMark(pid: number): string | null {
  const found = /^Max file locks +(\d{19}) /m.exec(readProcFile(pid, 'limits') ?? '');
  return found?.[1] ?? null;
}
