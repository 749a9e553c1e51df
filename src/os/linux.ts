import type { ProcessRef } from '../process-ref.ts';
import { LinuxFamily } from './linux-family.ts';
import { ownLocks } from './linux-locks.ts';
import { limitFor, readTreeMark } from './linux-mark.ts';
import { adoptLaunched, launch, nobody, openProcess } from './linux-process.ts';
import { endWatchdog, startWatchdog } from './linux-watchdog.ts';
import { native } from './native.ts';
import type { NativeLaunched } from './native-launch.ts';
import { newMark } from './new-mark.ts';
import { hidesOwners, isAlive, listPids, ownArguments, readProcess, readProcFile } from './proc.ts';
import { randomName } from './random-name.ts';
import type { LaunchPlan, System, TreeGuard } from './system.ts';
import { fdsOf, unix } from './unix.ts';

const RLIMIT_NOFILE = 7;

function fdLimit(asked: LaunchPlan['limits']): LaunchPlan['limits'] {
  if (asked.some(([resource]) => resource === RLIMIT_NOFILE)) return [];
  const soft = native().callersFdLimit();
  return soft === null ? [] : [[RLIMIT_NOFILE, String(soft), '']];
}

function launchMarked({ mark, keptFds, ...plan }: LaunchPlan): NativeLaunched {
  const given = [...plan.limits, ...fdLimit(plan.limits)];
  const limits = mark === null ? given : [...given, limitFor(mark)];
  return launch({ ...plan, limits, fds: fdsOf(keptFds, plan.fds) });
}

/** Fields SigCgt and SigIgn of proc_pid_status(5). */
function heeds(ref: ProcessRef, signalNumber: number): boolean | null {
  const status = readProcFile(ref.pid, 'status');
  if (status === null) return null;
  const mask = (field: string) =>
    BigInt(`0x${new RegExp(`^${field}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'}`);
  const bit = 1n << BigInt(signalNumber - 1);
  return ((mask('SigCgt') | mask('SigIgn')) & bit) !== 0n;
}

const INIT_PID = 1;

function guardTree(mark: string): TreeGuard | null {
  // The end of a namespace's first process is the end of all of it. pid_namespaces(7)
  const watchdog = process.pid === INIT_PID ? null : startWatchdog(mark);
  return watchdog === null ? null : { lift: () => endWatchdog(watchdog) };
}

export const linux: System = {
  ...unix,
  name: 'linux',
  get onlyParentsLearnEnds() {
    return !native().tellsEndsToAll();
  },
  readProcess,
  nobody,
  isAlive,
  openProcess,
  listPids,
  launch: launchMarked,
  adoptLaunched,
  newTreeMark: newMark,
  markedPids: (mark) => native().markedProcesses(mark),
  killMarked: (mark) => native().killMarked(mark),
  readTreeMark,
  bearsMark: (pid, mark) => readTreeMark(pid) === mark,
  launchedTree: readTreeMark,
  openFamily: () => new LinuxFamily(),
  guardTree,
  heeds,
  get homeKind() {
    return process.geteuid?.() === 0 ? 'root' : 'xdg';
  },
  lacks: {},
  ownLocks,
  ownArguments,
  hidesOwners,
  tellsGrowth: true,
  newSocketAddress: () => `@daimon/${randomName()}`,
};
