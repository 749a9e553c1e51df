import { native } from './native.ts';
import { KILLED_EXIT_CODE, readProcess } from './windows-process.ts';

// The tree of a daemon is a Job object. The daemon alone holds it open, so its end, however that comes,
// is the end of all that is left of the tree: the kernel sees to it. Its name is the mark.
const JOB_OBJECT_LIMIT_BREAKAWAY_OK = 0x0800;
const JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE = 0x2000;

/** Global: a daemon is stopped from another session, too (ssh, a service). Jobs need no privilege for that. */
function nameOf(mark: string): string {
  return `Global\\daimon-tree-${mark}`;
}

export function newTreeMark(): string {
  return String((1n << 60n) + (native().randomNumber() >> 5n));
}

/** A job that nobody is in yet. Daemons that a daemon starts may leave it. */
export function createTree(mark: string): number {
  return native().createJob(
    nameOf(mark),
    JOB_OBJECT_LIMIT_BREAKAWAY_OK | JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
  );
}

function withTree<T>(mark: string, look: (job: number) => T): T | null {
  const job = native().openJob(nameOf(mark));
  if (job === null) return null;
  try {
    return look(job);
  } finally {
    native().closeHandle(job);
  }
}

export function markedPids(mark: string): number[] {
  return withTree(mark, (job) => native().jobPids(job)) ?? [];
}

export function killMarked(mark: string): { pid: number; comm: string }[] {
  const killed = withTree(mark, (job) => {
    const pids = native().jobPids(job);
    // Asked by one of its own (a daemon that stops itself), the job cannot be ended as a whole.
    if (pids.includes(process.pid)) return [];
    const found = pids.map((pid) => ({ pid, comm: readProcess(pid)?.comm ?? '?' }));
    native().terminateJob(job, KILLED_EXIT_CODE);
    return found;
  });
  return killed ?? [];
}

const PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;

export function bearsMark(pid: number, mark: string): boolean {
  const isInIt = withTree(mark, (job) => {
    const handle = native().openProcess(pid, PROCESS_QUERY_LIMITED_INFORMATION);
    if (handle === null) return false;
    try {
      return native().isInJob(handle, job);
    } finally {
      native().closeHandle(handle);
    }
  });
  return isInIt ?? false;
}

export function holdTree(mark: string): { close(): void } | null {
  const job = native().openJob(nameOf(mark));
  return job === null ? null : { close: () => native().closeHandle(job) };
}
