import { DaemonError, isErrno } from '../../errors.ts';
import { system } from '../../os/index.ts';
import { findDaemon } from '../../record/find.ts';
import { readPidFile } from '../../record/pid-file-state.ts';
import type { Places } from '../../spec/places.ts';
import type { Finding } from './finding.ts';
import { judge } from './judge.ts';
import { type CheckTarget, readFacts } from './read-facts.ts';
import { judgeWindows } from './rules/windows.ts';
import { readWindowsFacts } from './windows-facts.ts';

/** A process under audit: what it is called, and how every point stands. */
export interface Checked {
  readonly pid: number;
  readonly comm: string;
  readonly uptimeMs: number;
  readonly findings: readonly Finding[];
}

/**
 * Audits a process against daemon(7): a daemon's name, a pid, or the path of a PID file, whoever
 * started it. Points that the system hides from this user are remarks that say so.
 * @throws DaemonError NOT_RUNNING, NOT_FOUND, INVALID_ARGUMENT (a thread of the kernel), UNSUPPORTED (macOS, FreeBSD).
 */
export function checkProcess(places: Places, target: string): Checked {
  const found = findTarget(places, target);
  if (system().name === 'win32') return checkOnWindows(found, target);
  if (system().name !== 'linux') throw notReadable(found.pid);
  try {
    const facts = readFacts(found);
    const { comm, uptimeMs } = facts.self;
    return { pid: found.pid, comm, uptimeMs, findings: judge(facts) };
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ESRCH')) throw error;
    throw endedMeanwhile(target, found.pid, error);
  }
}

function endedMeanwhile(target: string, pid: number, cause?: unknown): DaemonError {
  const message = `"${target}" ended while it was looked at`;
  return new DaemonError('NOT_RUNNING', message, { pid, cause });
}

function checkOnWindows(found: CheckTarget, target: string): Checked {
  const facts = readWindowsFacts(found);
  if (facts === null) throw endedMeanwhile(target, found.pid);
  const { comm, uptimeMs } = facts.self;
  return { pid: found.pid, comm, uptimeMs, findings: judgeWindows(facts) };
}

// What it asks, macOS and FreeBSD tell in parts and other ways, and Windows mostly has not.
function notReadable(pid: number): DaemonError {
  return new DaemonError(
    'UNSUPPORTED',
    `Cannot check process ${pid}: check reads the /proc of Linux, which this system does not have. ` +
      'Its session, terminal and state are told by: ps -o pid,ppid,pgid,tty,stat,command',
    { pid },
  );
}

function findTarget(places: Places, target: string): CheckTarget {
  const found = findDaemon(places, target);
  const spec = found?.record?.spec;
  const expected =
    spec === undefined ? null : { keepFds: spec.keepFds, core: spec.core, umask: spec.umask };
  const mark = found?.record?.mark ?? null;
  if (found?.ref != null) return { pid: found.ref.pid, pidFile: found.pidFile, expected, mark };
  // A foreign PID file has no lock that we know; to look at what it names is harmless.
  const named = found === null ? null : readPidFile(found.pidFile);
  if (found !== null && found.record === null && named !== null)
    return { pid: named, pidFile: found.pidFile, expected, mark };
  if (found !== null && found.record === null && found.pidFileExists)
    throw new DaemonError('NOT_FOUND', `${found.pidFile} is a file, but holds no pid`);
  if (found !== null) {
    throw new DaemonError(
      'NOT_RUNNING',
      `"${target}" is not running, so there is nothing to check. Start it with: daimon ${found.record === null ? 'start <entry>' : `restart ${found.name}`}`,
    );
  }
  if (/^[1-9]\d{0,9}$/.test(target)) return { pid: Number(target), pidFile: null, expected, mark };
  throw new DaemonError(
    'NOT_FOUND',
    `"${target}" is no daemon, pid or PID file. See what runs with: daimon list`,
  );
}
