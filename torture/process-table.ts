import { readdirSync, readFileSync } from 'node:fs';

/** A process that runs, as /proc shows it. */
export interface Seen {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly words: readonly string[];
  /** The soft RLIMIT_LOCKS, by which daimon marks a daemon and all that descends from it. */
  readonly mark: string;
}

/** Every process of this PID namespace that has not ended. */
export function readTable(): Seen[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readOne(Number(pid)) ?? []);
}

function readOne(pid: number): Seen | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const close = stat.lastIndexOf(')');
    const state = stat.slice(close + 2, close + 3);
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    const limits = readFileSync(`/proc/${pid}/limits`, 'latin1');
    if (state === 'Z' || state === 'X') return null;
    return {
      pid,
      state,
      words,
      comm: stat.slice(stat.indexOf('(') + 1, close),
      mark: /^Max file locks +(\w+)/m.exec(limits)?.[1] ?? '',
    };
  } catch {
    return null; // ended between two looks
  }
}
