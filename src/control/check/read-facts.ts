import { readdirSync, readlinkSync, statSync } from 'node:fs';
import { DaemonError, isErrno } from '../../errors.ts';
import { hasEnded } from '../../os/has-ended.ts';
import { system } from '../../os/index.ts';
import { readProcFile } from '../../os/proc.ts';
import type { ProcessFacts } from '../../os/system.ts';
import type {
  CheckFacts,
  Expectation,
  FolderFacts,
  Reading,
  ServiceFacts,
  StatusFacts,
} from './facts.ts';
import {
  findMountPoint,
  findService,
  parseEnvironmentNames,
  parseLimits,
  parseStatus,
  saysSystemdMade,
} from './parse-proc.ts';
import { readFds } from './read-fds.ts';
import { readPidFileFacts, searchPidFile } from './read-pid-file.ts';
import { isLeft, isWorkerOf } from './rules/session.ts';

const KTHREADD_PID = 2;

/** Which process to look at, and what daimon knows of it. */
export interface CheckTarget {
  readonly pid: number;
  /** null: not known; one is looked for in /run. */
  readonly pidFile: string | null;
  readonly expected: Expectation | null;
  /** What the tree of the daemon is known by; null for none. */
  readonly mark: string | null;
}

/** Reads all that the rules judge. What the system does not let us see is a `denied` reading. */
export function readFacts({ pid, pidFile, expected }: CheckTarget): CheckFacts {
  const self = system().readProcess(pid);
  if (self === null || hasEnded(self)) throw gone(pid);
  const text = (file: string) => readProcFile(pid, file) ?? raise(gone(pid));
  const status = parseStatus(text('status'), readThreads(pid));
  const leader = self.sid === pid ? null : readRunning(self.sid);
  const fds = reading(() => readFds(self, (other) => belongsTo(self, leader, other)));
  const path = pidFile ?? searchPidFile(pid);
  const auditorUid = process.geteuid?.() ?? 0;
  return {
    self,
    status,
    leader,
    parent: readRunning(self.parentPid),
    service: readService(text('cgroup'), self.sid, leader ?? self, status),
    limits: parseLimits(text('limits')),
    fds: fds.kind === 'known' ? { kind: 'known', value: fds.value.fds } : fds,
    signalFdMask: fds.kind === 'known' ? fds.value.signalFdMask : 0n,
    cwd: reading(() => readFolder(pid)),
    root: reading(() => readlinkSync(`/proc/${pid}/root`)),
    program: reading(() => readProgram(pid)),
    environmentNames: reading(() => parseEnvironmentNames(text('environ'))),
    pidFile: path === null ? null : readPidFileFacts(path, pid, auditorUid),
    user: system().lookupUser(status.uids[1]),
    groupNames: nameGroups(status),
    expected,
    auditorUid,
  };
}

function gone(pid: number): DaemonError {
  return new DaemonError(
    'NOT_RUNNING',
    `There is no process ${pid}, or it has ended. See what runs with: daimon list`,
    { pid },
  );
}

function raise(error: Error): never {
  throw error;
}

function reading<T>(read: () => T): Reading<T> {
  try {
    return { kind: 'known', value: read() };
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM')) return { kind: 'denied' };
    throw error;
  }
}

function readRunning(pid: number): ProcessFacts | null {
  const facts = system().readProcess(pid);
  return facts === null || hasEnded(facts) ? null : facts;
}

function readService(
  cgroup: string,
  sid: number,
  witness: ProcessFacts,
  { sessionIds }: StatusFacts,
): ServiceFacts | null {
  const unit = findService(cgroup);
  if (unit === null) return null;
  const manager = witness.ref.pid === sid ? readRunning(witness.parentPid) : null;
  // What systemd executed is its child until it ends.
  if (manager !== null && !isSystemd(manager)) return { unit, madeSession: false };
  const environ = reading(() => readProcFile(witness.ref.pid, 'environ') ?? '');
  const madeSession = environ.kind === 'known' ? saysSystemdMade(environ.value, sessionIds) : null;
  return { unit, madeSession };
}

function isSystemd({ ref, comm }: ProcessFacts): boolean {
  return ref.pid === 1 || comm === 'systemd';
}

function readThreads(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).flatMap(
    (thread) => readProcFile(pid, `task/${thread}/status`) ?? [],
  );
}

/** Its descendants, and the session it shares with its own processes once who made the session is gone. */
function belongsTo(self: ProcessFacts, leader: ProcessFacts | null, other: ProcessFacts): boolean {
  if (other.sid === self.sid && (isLeft(leader, self) || isWorkerOf(leader, self))) return true;
  for (let at: ProcessFacts | null = other; at !== null; at = system().readProcess(at.parentPid)) {
    if (at.parentPid === self.ref.pid) return true;
  }
  return false;
}

function readFolder(pid: number): FolderFacts {
  const link = readlinkSync(`/proc/${pid}/cwd`);
  const isDeleted = link.endsWith(' (deleted)') && statSync(`/proc/${pid}/cwd`).nlink === 0;
  const mounts = Buffer.from(readProcFile(pid, 'mountinfo') ?? '', 'latin1').toString();
  return {
    path: isDeleted ? link.slice(0, -' (deleted)'.length) : link,
    isDeleted,
    mountPoint: findMountPoint(mounts, link),
  };
}

function readProgram(pid: number): { path: string; isDeleted: boolean } {
  try {
    const link = readlinkSync(`/proc/${pid}/exe`);
    return { path: link.replace(/ \(deleted\)$/, ''), isDeleted: link.endsWith(' (deleted)') };
  } catch (error) {
    const parentPid = system().readProcess(pid)?.parentPid;
    if (!isErrno(error, 'ENOENT') || parentPid === undefined) throw error;
    if (parentPid !== KTHREADD_PID && pid !== KTHREADD_PID) throw gone(pid);
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `Process ${pid} is a thread of the kernel, no daemon`,
    );
  }
}

function nameGroups({ gids, groups }: StatusFacts): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const gid of new Set([...gids, ...groups])) {
    const group = system().lookupGroup(gid);
    if (group !== null) names.set(gid, group.name);
  }
  return names;
}
