import { kqueueSystem, NO_OOM_SCORE } from './kqueue.ts';
import { KqueueProcesses } from './kqueue-process.ts';
import { monotonicMs } from './monotonic.ts';
import { native } from './native.ts';
import { newMark } from './new-mark.ts';
import { SessionFamily } from './session-family.ts';
import { isMember, isSessionMark, killSession, sessionMembers } from './session-tree.ts';
import type { LaunchPlan, System } from './system.ts';
import { fdsOf } from './unix.ts';

// Start times count from the boot: the system's own change with every setting of the clock.
const processes = new KqueueProcesses(() => monotonicMs() * 1000);
const look = { listPids: kqueueSystem.listPids, readProcess: processes.read };

// As RLIMIT_LOCKS on Linux: so high a limit is none, and it names a process and all that descend from it.
const RLIMIT_NPTS = 11;
const MARK = /^\d{19}$/;

function launch({ mark, keptFds, ...plan }: LaunchPlan) {
  const marks: [number, string, string][] = mark === null ? [] : [[RLIMIT_NPTS, mark, '']];
  const fds = fdsOf(keptFds, plan.fds);
  return processes.launch({ ...plan, limits: [...plan.limits, ...marks], fds });
}

function readTreeMark(pid: number): string | null {
  const mark = native().readMark(pid);
  return mark !== null && MARK.test(mark) ? mark : null;
}

export const freebsd: System = {
  ...kqueueSystem,
  name: 'freebsd',
  get homeKind() {
    return kqueueSystem.homeKind;
  },
  readProcess: processes.read,
  nobody: processes.nobody,
  isAlive: processes.isAlive,
  openProcess: processes.open,
  launch,
  adoptLaunched: processes.adoptLaunched,
  newTreeMark: newMark,
  markedPids: (mark) =>
    isSessionMark(mark)
      ? sessionMembers(look, mark).map(({ ref }) => ref.pid)
      : native().markedProcesses(mark),
  killMarked: (mark) => (isSessionMark(mark) ? killSession(look, mark) : native().killMarked(mark)),
  readTreeMark,
  bearsMark: (pid, mark) =>
    isSessionMark(mark) ? isMember(look, pid, mark) : readTreeMark(pid) === mark,
  launchedTree: readTreeMark,
  openFamily: () => new SessionFamily(look),
  lacks: { 'oom-score-adj': NO_OOM_SCORE },
};
