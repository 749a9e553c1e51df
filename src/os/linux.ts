import type { ProcessRef } from '../process-ref.ts';
import { LinuxFamily } from './linux-family.ts';
import { limitFor, newTreeMark, readTreeMark } from './linux-mark.ts';
import { adoptLaunched, launch, nobody, openProcess } from './linux-process.ts';
import { endWatchdog, startWatchdog } from './linux-watchdog.ts';
import { native } from './native.ts';
import type { NativeLaunched } from './native-launch.ts';
import { posixClaims } from './posix-claims.ts';
import { holdFolder, ownerOf } from './posix-files.ts';
import { isAlive, listPids, readProcess, readProcFile } from './proc.ts';
import type { LaunchPlan, System, TreeGuard } from './system.ts';

function launchMarked({ mark, keptFds, ...plan }: LaunchPlan): NativeLaunched {
  const fds = [...keptFds.map((fd): [number, number] => [fd, fd]), ...plan.fds];
  const limits = mark === null ? plan.limits : [...plan.limits, limitFor(mark)];
  return launch({ ...plan, limits, fds });
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
  name: 'linux',
  get onlyParentsLearnEnds() {
    return !native().tellsEndsToAll();
  },
  adoptOrphans: () => native().setSubreaper(true),
  readProcess,
  nobody,
  isAlive,
  openProcess,
  listPids,
  launch: launchMarked,
  adoptLaunched,
  newTreeMark,
  markedPids: (mark) => native().markedProcesses(mark),
  killMarked: (mark) => native().killMarked(mark),
  readTreeMark,
  bearsMark: (pid, mark) => readTreeMark(pid) === mark,
  holdTree: () => null,
  openFamily: () => new LinuxFamily(),
  guardTree,
  heeds,
  bringsSignals: true,
  hearSignals() {},
  raise: (signalNumber) => void process.kill(process.pid, signalNumber),
  claims: posixClaims,
  holdFolder,
  ownerOf,
  get homeKind() {
    return process.geteuid?.() === 0 ? 'root' : 'xdg';
  },
  programNames: (name) => [name],
  lacks: {},
  lookupUser: (nameOrUid) => native().lookupUser(nameOrUid),
  lookupGroup: (nameOrGid) => native().lookupGroup(nameOrGid),
};
