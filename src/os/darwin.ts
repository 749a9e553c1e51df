import { fdsOf, kqueueSystem, NO_OOM_SCORE } from './kqueue.ts';
import { KqueueProcesses } from './kqueue-process.ts';
import { SessionFamily } from './session-family.ts';
import { killSession, sessionMark, sessionMembers } from './session-tree.ts';
import type { LaunchPlan, System } from './system.ts';

// kern.proc.pid tells when a process was started, on the clock of the day.
const processes = new KqueueProcesses(() => Date.now() * 1000);
const look = { listPids: kqueueSystem.listPids, readProcess: processes.read };

/** Nothing that a process hands down can be read from outside: see notes/macos-freebsd.md. */
function launch({ mark: _none, keptFds, ...plan }: LaunchPlan) {
  return processes.launch({ ...plan, fds: fdsOf(keptFds, plan.fds) });
}

export const darwin: System = {
  ...kqueueSystem,
  name: 'darwin',
  get homeKind() {
    return kqueueSystem.homeKind;
  },
  readProcess: processes.read,
  nobody: processes.nobody,
  isAlive: processes.isAlive,
  openProcess: processes.open,
  launch,
  adoptLaunched: processes.adoptLaunched,
  newTreeMark: () => null,
  markedPids: (mark) => sessionMembers(look, mark).map(({ ref }) => ref.pid),
  killMarked: (mark) => killSession(look, mark),
  readTreeMark: () => null,
  bearsMark: (pid, mark) => sessionMark(processes.read(pid)?.sid ?? 0) === mark,
  launchedTree(pid) {
    const sid = processes.read(pid)?.sid;
    return sid === undefined || sid === 0 ? null : sessionMark(sid);
  },
  openFamily: () => new SessionFamily(look),
  lacks: {
    'oom-score-adj': NO_OOM_SCORE,
    'no-new-privs': 'is not there on macOS',
  },
};
