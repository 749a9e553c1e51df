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

/** Windows gives every console such a process, which goes with the last program on it. */
const CONSOLE_HOST = 'conhost.exe';

function membersOf(job: number): { pid: number; comm: string }[] {
  return native()
    .jobPids(job)
    .map((pid) => ({ pid, comm: readProcess(pid)?.comm ?? '?' }))
    .filter(({ comm }) => comm.toLowerCase() !== CONSOLE_HOST);
}

export function markedPids(mark: string): number[] {
  return withTree(mark, (job) => membersOf(job).map(({ pid }) => pid)) ?? [];
}

export function killMarked(mark: string): { pid: number; comm: string }[] {
  const killed = withTree(mark, (job) => {
    const found = membersOf(job);
    // Asked by one of its own (a daemon that stops itself), the job cannot be ended as a whole.
    if (found.some(({ pid }) => pid === process.pid)) return [];
    native().terminateJob(job, KILLED_EXIT_CODE);
    return found;
  });
  return killed ?? [];
}

export function bearsMark(pid: number, mark: string): boolean {
  return markedPids(mark).includes(pid);
}

export function holdTree(mark: string): { close(): void } | null {
  const job = native().openJob(nameOf(mark));
  return job === null ? null : { close: () => native().closeHandle(job) };
}
