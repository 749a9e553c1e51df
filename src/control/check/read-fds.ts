import { readdirSync, readFileSync, readlinkSync, type Stats, statfsSync, statSync } from 'node:fs';
import { isErrno } from '../../errors.ts';
import { system } from '../../os/index.ts';
import type { ProcessFacts } from '../../os/system.ts';
import type { FdFacts, FileFacts, Neighbour } from './facts.ts';
import { parseFdInfo } from './parse-proc.ts';

const LAST_STANDARD_FD = 2;
const DELETED = ' (deleted)';

interface OpenFd extends Omit<FdFacts, 'sharedWith'> {
  readonly fingerprint: string;
  readonly signals: bigint;
}

/** Everything a process has open, and who else outside its own tree holds the same. Throws EACCES. */
export function readFds(self: ProcessFacts, isOwn: (other: ProcessFacts) => boolean) {
  const { pid } = self.ref;
  const open = listFds(pid).flatMap((fd) => readFd(pid, fd) ?? []);
  const shared = findSharers(self, open.filter(mayBeShared), isOwn);
  return {
    fds: open
      .map((fd): FdFacts => ({ ...fd, sharedWith: shared.get(fd.fd) ?? [] }))
      .sort((a, b) => a.fd - b.fd),
    signalFdMask: open.reduce((all, { signals }) => all | signals, 0n),
  };
}

function listFds(pid: number): number[] {
  return readdirSync(`/proc/${pid}/fd`).map(Number);
}

/** null: closed meanwhile. */
function readFd(pid: number, fd: number): OpenFd | null {
  const path = `/proc/${pid}/fd/${fd}`;
  try {
    const target = readlinkSync(path);
    const info = parseFdInfo(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'));
    const status = target.startsWith('/') ? statSync(path) : null;
    const isDeleted = status?.nlink === 0 && target.endsWith(DELETED);
    return {
      ...info,
      fd,
      target: isDeleted ? target.slice(0, -DELETED.length) : target,
      kind: kindOf(target, status),
      isDeleted,
      file: status?.isFile() ? fileFacts(path, status) : null,
    };
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH')) return null;
    throw error;
  }
}

function kindOf(target: string, status: Stats | null): FdFacts['kind'] {
  if (target === '/dev/null') return 'null';
  if (/^\/dev\/(pts\/|tty|console$)/.test(target)) return 'terminal';
  if (target.startsWith('pipe:') || status?.isFIFO()) return 'pipe';
  if (target.startsWith('socket:')) return 'socket';
  if (target.startsWith('/memfd:')) return 'other';
  if (status?.isDirectory()) return 'folder';
  return status?.isFile() ? 'file' : 'other';
}

function fileFacts(path: string, status: Stats): FileFacts {
  const { bavail, bsize, blocks } = statfsSync(path);
  // Pseudo file systems have no blocks at all; that is not being full.
  const freeBytes = blocks === 0 ? null : bavail * bsize;
  return { mode: status.mode, uid: status.uid, sizeBytes: status.size, freeBytes };
}

// What execve(2) let through can be somebody else's too; pipes and sockets are known by their number,
// a file only when fd, flags and position agree as well.
function mayBeShared({ fd, kind, closesOnExec }: OpenFd): boolean {
  if (fd > LAST_STANDARD_FD && closesOnExec) return false;
  return kind === 'pipe' || kind === 'socket' || (kind === 'file' && fd > LAST_STANDARD_FD);
}

function findSharers(
  self: ProcessFacts,
  wanted: readonly OpenFd[],
  isOwn: (other: ProcessFacts) => boolean,
): Map<number, Neighbour[]> {
  const sharers = new Map<number, Neighbour[]>();
  if (wanted.length === 0) return sharers;
  for (const pid of system().listPids()) {
    if (pid === self.ref.pid || pid === process.pid) continue;
    const held = heldBy(pid, wanted);
    const holder = held.length === 0 ? null : system().readProcess(pid);
    if (holder === null || isOwn(holder)) continue;
    for (const { fd } of held)
      sharers.set(fd, [...(sharers.get(fd) ?? []), { pid, comm: holder.comm }]);
  }
  return sharers;
}

/** Which of these another process holds as well; none where it is gone, or not ours to look at. */
function heldBy(pid: number, wanted: readonly OpenFd[]): readonly OpenFd[] {
  try {
    const targets = new Map(listFds(pid).map((fd) => [fd, targetOf(pid, fd)]));
    const all = new Set(targets.values());
    return wanted.filter(({ fd, kind, target, fingerprint }) =>
      kind === 'file'
        ? targets.get(fd) === target && fingerprintOf(pid, fd) === fingerprint
        : all.has(target),
    );
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return [];
    throw error;
  }
}

/** null: closed meanwhile. */
function targetOf(pid: number, fd: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/fd/${fd}`);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

function fingerprintOf(pid: number, fd: number): string {
  return parseFdInfo(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1')).fingerprint;
}
