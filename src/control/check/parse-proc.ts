import type { FourIds, Limit, StatusFacts } from './facts.ts';

/** /proc/PID/status; `threads` are those of its tasks, for the signals that none of them takes. proc_pid_status(5). */
export function parseStatus(text: string, threads: readonly string[]): StatusFacts {
  const field = (name: string, source = text) =>
    new RegExp(`^${name}:[ \t]*(.*)$`, 'm').exec(source)?.[1]?.trim() ?? '';
  const mask = (name: string, source = text) => hexadecimal(field(name, source));
  const umask = field('Umask');
  const namespaced = field('NSpid').split(/\s+/);
  const sessionIds = field('NSsid').split(/\s+/);
  return {
    uids: fourIds(field('Uid')),
    gids: fourIds(field('Gid')),
    groups: field('Groups').split(/\s+/).filter(Boolean).map(Number),
    umask: umask === '' ? null : Number.parseInt(umask, 8),
    blocked: threads.reduce((all, thread) => all & mask('SigBlk', thread), mask('SigBlk')),
    ignored: mask('SigIgn'),
    inheritable: mask('CapInh'),
    permitted: mask('CapPrm'),
    ambient: mask('CapAmb'),
    noNewPrivs: field('NoNewPrivs') === '1',
    sessionIds,
    isContainerInit: namespaced.length > 1 && namespaced.at(-1) === '1',
  };
}

function hexadecimal(digits: string): bigint {
  return /^[0-9a-f]+$/.test(digits) ? BigInt(`0x${digits}`) : 0n;
}

function fourIds(text: string): FourIds {
  const [real = 0, effective = 0, saved = 0, fileSystem = 0] = text.split(/\s+/).map(Number);
  return [real, effective, saved, fileSystem];
}

/** /proc/PID/limits, by its titles in small letters: "max open files". proc_pid_limits(5). */
export function parseLimits(text: string): ReadonlyMap<string, Limit> {
  const amount = (word: string) => (word === 'unlimited' ? null : Number(word));
  const limits = new Map<string, Limit>();
  for (const line of text.split('\n')) {
    const found = /^(Max .+?) {2,}(\d+|unlimited) +(\d+|unlimited)/.exec(line);
    const [, title, soft, hard] = found ?? [];
    if (title === undefined || soft === undefined || hard === undefined) continue;
    limits.set(title.toLowerCase(), { soft: amount(soft), hard: amount(hard) });
  }
  return limits;
}

const O_WRONLY = 1n;
const O_RDWR = 2n;
const O_ACCMODE = 3n;
const O_APPEND = 0o2000n;
const O_CLOEXEC = 0o2000000n;

/** /proc/PID/fdinfo/FD. proc_pid_fdinfo(5). */
export function parseFdInfo(text: string) {
  const flags = BigInt(`0o${/^flags:\s*([0-7]+)/m.exec(text)?.[1] ?? '0'}`);
  const access = flags & O_ACCMODE;
  return {
    isWritable: access === O_WRONLY || access === O_RDWR,
    isReadable: access !== O_WRONLY,
    appends: (flags & O_APPEND) !== 0n,
    closesOnExec: (flags & O_CLOEXEC) !== 0n,
    /** Two fds of one open file description agree in it; strangers hardly ever do. */
    fingerprint: `${flags & ~O_CLOEXEC} ${/^pos:\s*(\d+)/m.exec(text)?.[1]}`,
    positionBytes: Number(/^pos:\s*(\d+)/m.exec(text)?.[1] ?? 0),
    /** For a signalfd(2): what it takes. */
    signals: BigInt(`0x${/^sigmask:\s*([0-9a-f]+)/m.exec(text)?.[1] ?? '0'}`),
  };
}

/** The mount point that a path lies under, by /proc/PID/mountinfo. proc_pid_mountinfo(5). */
export function findMountPoint(mountInfo: string, path: string): string | null {
  let best: string | null = null;
  for (const line of mountInfo.split('\n')) {
    const written = line.split(' ')[4];
    if (written === undefined) continue;
    // Spaces, tabs, line ends and backslashes are written in octal.
    const point = written.replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    const isAbove = path === point || path.startsWith(point === '/' ? '/' : `${point}/`);
    if (isAbove && point.length >= (best?.length ?? 0)) best = point;
  }
  return best;
}

/** The systemd service of /proc/PID/cgroup (v1 or v2); null when the innermost unit is none. cgroups(7). */
export function findService(cgroup: string): string | null {
  for (const line of cgroup.split('\n')) {
    const found = /^\d+:(?:name=systemd)?:(.*)$/.exec(line);
    const unit = found?.[1]?.split('/').findLast((part) => /\.(service|scope)$/.test(part));
    if (unit?.endsWith('.service')) return unit;
  }
  return null;
}

/** True when the process holds a lock on one of the inodes, by /proc/locks: `1: POSIX ADVISORY WRITE PID MAJ:MIN:INODE 0 EOF`. */
export function holdsLock(locks: string, pid: number, inodes: readonly bigint[]): boolean {
  return locks.split('\n').some((line) => {
    const found = /^\d+: +\w+ +\w+ +\w+ +(-?\d+) +[0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line);
    return found !== null && Number(found[1]) === pid && inodes.includes(BigInt(found[2] ?? 0));
  });
}

/**
 * Whether systemd made the session, by the environment of its leader (or of a process in it), which names the process
 * that systemd executed; null: it does not say. systemd.exec(5), $SYSTEMD_EXEC_PID (since 248).
 */
export function saysSystemdMade(environ: string, sessionIds: readonly string[]): boolean | null {
  const executed = /(?:^|\0)SYSTEMD_EXEC_PID=(\d+)(?:\0|$)/.exec(environ)?.[1];
  return executed === undefined ? null : sessionIds.includes(executed);
}

/** Names alone; what stands behind "=" is dropped at once. */
export function parseEnvironmentNames(text: string): string[] {
  return text.split('\0').flatMap((entry) => {
    const equals = entry.indexOf('=');
    return equals > 0 ? [entry.slice(0, equals)] : [];
  });
}
