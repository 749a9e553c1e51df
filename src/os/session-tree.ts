import { isErrno } from '../errors.ts';
import { hasEnded } from './has-ended.ts';
import { native } from './native.ts';
import type { NativeBirth } from './native-kqueue.ts';
import type { ProcessFacts } from './system.ts';

// For systems whose trees bear no mark: a session that was made for a tree is one, as far as nobody in it
// makes a session of its own. fork(2) and execve(2) hand it down, and its number is given to nobody else
// while somebody is in it. setsid(2), POSIX.1-2024 XBD 3.341.
//
// Where a system tells who forked a process though its parent is gone (macOS), those that left the session
// are found too, if whoever forked them lived when somebody looked: so look before anybody is asked to end.

const SIGKILL = 9;

/** How a system finds its processes. */
export interface ProcessLook {
  readonly listPids: () => number[];
  readonly readProcess: (pid: number) => ProcessFacts | null;
  /** Where the system tells it. */
  readonly readBirth?: (pid: number) => NativeBirth | null;
}

/** The mark that stands for a session. */
export function sessionMark(sid: number): string {
  return `session ${sid}`;
}

/** The same for the session of this process, with those whom it brings forth. */
export function treeMark(look: ProcessLook, { ref, sid }: Pick<ProcessFacts, 'ref' | 'sid'>) {
  const birth = look.readBirth?.(ref.pid) ?? null;
  return birth === null ? sessionMark(sid) : `${sessionMark(sid)} of ${birth.id}`;
}

export function isSessionMark(mark: string): boolean {
  return mark.startsWith('session ');
}

const MARK = /^session (\d+)(?: of (\d+))?$/;

function parseMark(mark: string): { sid: number; firstBirth: number | null } {
  const [, sid, firstBirth] = MARK.exec(mark) ?? [];
  return { sid: Number(sid), firstBirth: firstBirth === undefined ? null : Number(firstBirth) };
}

/** The births of all that were ever seen in a tree, while somebody is in it. */
const seenBirths = new Map<string, Set<number>>();

function isKin(birth: NativeBirth | null | undefined, seen: ReadonlySet<number>): boolean {
  return birth != null && (seen.has(birth.id) || seen.has(birth.parentId));
}

function addKin(births: ReadonlyMap<number, NativeBirth | null | undefined>, seen: Set<number>) {
  for (let before = 0; before < seen.size; ) {
    before = seen.size;
    for (const birth of births.values())
      if (birth != null && isKin(birth, seen)) seen.add(birth.id);
  }
}

/** All who live in it. */
export function sessionMembers(look: ProcessLook, mark: string): ProcessFacts[] {
  const { sid, firstBirth } = parseMark(mark);
  const all = look
    .listPids()
    .map((pid) => look.readProcess(pid))
    .filter((facts) => facts !== null)
    .filter((facts) => !hasEnded(facts));
  const inSession = all.filter((facts) => facts.sid === sid);
  if (firstBirth === null) return inSession;

  const births = new Map(all.map(({ ref }) => [ref.pid, look.readBirth?.(ref.pid)]));
  const seen = seenBirths.get(mark) ?? new Set([firstBirth]);
  seenBirths.set(mark, seen);
  for (const { ref } of inSession) seen.add(births.get(ref.pid)?.id ?? firstBirth);
  addKin(births, seen);
  const members = all.filter(
    (facts) => facts.sid === sid || isKin(births.get(facts.ref.pid), seen),
  );
  if (members.length === 0) seenBirths.delete(mark);
  return members;
}

/** As the last look has it. */
export function isMember(look: ProcessLook, pid: number, mark: string): boolean {
  const facts = look.readProcess(pid);
  if (facts === null) return false;
  const seen = seenBirths.get(mark);
  const isInSession = facts.sid === parseMark(mark).sid;
  return isInSession || (seen !== undefined && isKin(look.readBirth?.(pid), seen));
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
