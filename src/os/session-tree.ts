import { isErrno } from '../errors.ts';
import { hasEnded } from './has-ended.ts';
import { native } from './native.ts';
import type { ProcessFacts } from './system.ts';

// For systems whose trees bear no mark: a session that was made for a tree is one, as far as nobody in it
// makes a session of its own. fork(2) and execve(2) hand it down, and its number is given to nobody else
// while somebody is in it. setsid(2), POSIX.1-2024 XBD 3.341.

const SIGKILL = 9;

/** How a system finds its processes. */
export interface ProcessLook {
  readonly listPids: () => number[];
  readonly readProcess: (pid: number) => ProcessFacts | null;
}

/** The mark that stands for a session. */
export function sessionMark(sid: number): string {
  return `session ${sid}`;
}

export function isSessionMark(mark: string): boolean {
  return mark.startsWith('session ');
}

/** All who live in it. */
export function sessionMembers(look: ProcessLook, mark: string): ProcessFacts[] {
  const sid = Number(mark.slice('session '.length));
  return look
    .listPids()
    .map((pid) => look.readProcess(pid))
    .filter((facts) => facts !== null)
    .filter((facts) => facts.sid === sid && !hasEnded(facts));
}

/** SIGKILL for each in the moment it is found, but for the caller. */
export function killSession(look: ProcessLook, mark: string): { pid: number; comm: string }[] {
  const others = sessionMembers(look, mark).filter(({ ref }) => ref.pid !== process.pid);
  for (const { ref } of others) {
    // The identity once more: the list is older than the signal.
    if (look.readProcess(ref.pid)?.ref.startTime === ref.startTime) killIfThere(ref.pid);
  }
  return others.map(({ ref, comm }) => ({ pid: ref.pid, comm }));
}

function killIfThere(pid: number): void {
  try {
    native().kill(pid, SIGKILL);
  } catch (error) {
    if (!isErrno(error, 'ESRCH', 'EPERM')) throw error;
  }
}
