import type { CheckFacts, FdFacts } from '../../../../src/control/check/facts.ts';
import type { ProcessFacts } from '../../../../src/os/system.ts';

export const PID = 500;
const BOOT = 'boot';

export function processFacts(pid: number, changes: Partial<ProcessFacts> = {}): ProcessFacts {
  return {
    ref: { pid, startTime: String(pid), bootId: BOOT },
    parentPid: 1,
    pgid: pid,
    sid: pid,
    terminal: 0,
    comm: `p${pid}`,
    state: 'S',
    threads: 1,
    cpuTimeMs: 0,
    memoryBytes: 0,
    uptimeMs: 1000,
    ...changes,
  };
}

export function fdFacts(fd: number, changes: Partial<FdFacts> = {}): FdFacts {
  return {
    fd,
    target: '/dev/null',
    kind: 'null',
    isDeleted: false,
    isWritable: true,
    isReadable: true,
    appends: false,
    closesOnExec: false,
    file: null,
    sharedWith: [],
    ...changes,
  };
}

const INIT = processFacts(1, { comm: 'init', parentPid: 0, sid: 1 });

/** A daemon without fault: every rule passes it. */
export const GOOD: CheckFacts = {
  self: processFacts(PID, { sid: 400 }),
  status: {
    uids: [33, 33, 33, 33],
    gids: [33, 33, 33, 33],
    groups: [33],
    umask: 0o022,
    blocked: 0n,
    ignored: 0n,
    inheritable: 0n,
    permitted: 0n,
    ambient: 0n,
    noNewPrivs: false,
    sessionIds: ['400'],
    isContainerInit: false,
  },
  leader: null,
  parent: INIT,
  service: null,
  limits: new Map([
    ['max core file size', { soft: 0, hard: null }],
    ['max open files', { soft: 1024, hard: 4096 }],
    ['max cpu time', { soft: null, hard: null }],
  ]),
  fds: { kind: 'known', value: [fdFacts(0), fdFacts(1), fdFacts(2)] },
  signalFdMask: 0n,
  cwd: { kind: 'known', value: { path: '/', isDeleted: false, mountPoint: '/' } },
  root: { kind: 'known', value: '/' },
  program: { kind: 'known', value: { path: '/usr/bin/p', isDeleted: false } },
  environmentNames: { kind: 'known', value: ['PATH', 'HOME'] },
  pidFile: {
    path: '/run/p.pid',
    exists: true,
    lockFile: '/run/p.pid.lock',
    pid: PID,
    isSymbolicLink: false,
    mode: 0o644,
    uid: 0,
    links: 1,
    isLocked: true,
    unsafeFolder: null,
  },
  user: { name: 'www-data', groups: [33] },
  groupNames: new Map([[33, 'www-data']]),
  expected: null,
  auditorUid: 0,
};
