import { kqueueSystem, NO_OOM_SCORE } from './kqueue.ts';
import { KqueueProcesses } from './kqueue-process.ts';
import { native } from './native.ts';
import { SessionFamily } from './session-family.ts';
import { isMember, killSession, sessionMembers, treeMark } from './session-tree.ts';
import type { LaunchPlan, System } from './system.ts';
import { fdsOf } from './unix.ts';

// kern.proc.pid tells when a process was started, on the clock of the day.
const processes = new KqueueProcesses(() => Date.now() * 1000);
const look = {
  listPids: kqueueSystem.listPids,
  readProcess: processes.read,
  readBirth: (pid: number) => native().readBirth(pid),
};

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
  bearsMark: (pid, mark) => isMember(look, pid, mark),
  launchedTree(pid) {
    const facts = processes.read(pid);
    if (facts === null || facts.sid === 0) return null;
    const mark = treeMark(look, facts);
    sessionMembers(look, mark); // while those live who know their children
    return mark;
  },
  openFamily: () => new SessionFamily(look),
  lacks: {
    'oom-score-adj': NO_OOM_SCORE,
    'no-new-privs': 'is not there on macOS',
  },
};
