import { system } from '../../os/index.ts';
import type { ProcessFacts } from '../../os/system.ts';
import { readLock } from '../../record/lock.ts';
import { readPidFile } from '../../record/pid-file-state.ts';
import type { Expectation } from './facts.ts';
import type { CheckTarget } from './read-facts.ts';

const SIGTERM = 15;

/** What Windows tells of a process, as far as a daemon is concerned. */
export interface WindowsFacts {
  readonly self: ProcessFacts;
  /** Whether it would live on after a request to stop (SIGTERM); null: it does not listen for signals. */
  readonly heedsStop: boolean | null;
  readonly tree: 'own' | 'none' | 'not known';
  readonly pidFile: {
    readonly path: string;
    readonly pid: number | null;
    /** Who holds its lock; null for nobody. */
    readonly holder: number | null;
  } | null;
  readonly expected: Expectation | null;
}

/** null when there is no such process. */
export function readWindowsFacts({
  pid,
  pidFile,
  expected,
  mark,
}: CheckTarget): WindowsFacts | null {
  const self = system().readProcess(pid);
  if (self === null || self.threads === 0) return null;
  const lock = pidFile === null ? null : readLock(pidFile);
  return {
    self,
    heedsStop: system().heeds(self.ref, SIGTERM),
    tree: mark === null ? 'not known' : system().bearsMark(pid, mark) ? 'own' : 'none',
    pidFile:
      pidFile === null
        ? null
        : {
            path: pidFile,
            pid: readPidFile(pidFile),
            holder: lock?.kind === 'held' ? lock.pid : null,
          },
    expected,
  };
}
