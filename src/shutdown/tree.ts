import { isErrno } from '../errors.ts';
import { hasEnded } from '../os/has-ended.ts';
import { system } from '../os/index.ts';
import type { ProcessFacts } from '../os/system.ts';
import type { ProcessRef } from '../process-ref.ts';

/** What belongs together: the root, if it lives, and all that bears the mark or descends from it. */
export interface TreeScope {
  readonly root: ProcessRef | null;
  /**
   * The mark that the root was launched with: fork, exec, setsid and a double fork hand it down.
   * null: only parents and children tell, and what left its parents is not found.
   */
  readonly mark: string | null;
}

const PROBE = 0;

export interface FoundTree {
  /** Those that live, the root first. The asking process is never one of them. */
  readonly members: readonly ProcessFacts[];
  /** False when some ended while we looked: what they had forked may have been missed. */
  readonly isWhole: boolean;
}

export function findTree(scope: TreeScope): FoundTree {
  const seen = scope.mark === null ? descendants(scope.root) : marked(scope.mark);
  const root = scope.root === null ? null : system().readProcess(scope.root.pid);
  const isRoot = root !== null && root.ref.startTime === scope.root?.startTime;
  const found = withoutStrangers(
    seen.filter((facts) => facts !== null),
    scope.root?.pid ?? 0,
  );
  const others = found.filter(({ ref }) => !isRoot || ref.pid !== root.ref.pid);
  const members = [...(isRoot ? [root] : []), ...others].filter(
    (facts) => !hasEnded(facts) && facts.ref.pid !== process.pid,
  );
  return { members, isWhole: !seen.includes(null) };
}

/**
 * Anybody can put the mark on a process of their own, to be in the way of an ordinary user's stop, who
 * may not signal it. So of those only the descendants of the others are of the tree (by sudo, say).
 */
function withoutStrangers(
  found: readonly ProcessFacts[],
  rootPid: number,
): readonly ProcessFacts[] {
  if (process.geteuid?.() === 0) return found;
  const ours = new Set([rootPid, ...found.map(({ ref }) => ref.pid).filter(isOursToSignal)]);
  for (let before = 0; before < ours.size; ) {
    before = ours.size;
    for (const { ref, parentPid } of found) if (ours.has(parentPid)) ours.add(ref.pid);
  }
  return found.filter(({ ref }) => ours.has(ref.pid));
}

function isOursToSignal(pid: number): boolean {
  try {
    return process.kill(pid, PROBE);
  } catch (error) {
    if (isErrno(error, 'ESRCH', 'EPERM')) return false;
    throw error;
  }
}

/** null for each that has ended since the scan. */
function marked(mark: string): (ProcessFacts | null)[] {
  return system()
    .markedPids(mark)
    .map((pid) => {
      const facts = system().readProcess(pid);
      // Looked at twice: between the scan and the reading the pid may have passed to a stranger.
      const isStill = facts !== null && !hasEnded(facts) && system().bearsMark(pid, mark);
      return isStill ? facts : null;
    });
}

function descendants(root: ProcessRef | null): ProcessFacts[] {
  if (root === null) return [];
  const children = new Map<number, ProcessFacts[]>();
  for (const pid of system().listPids()) {
    const facts = system().readProcess(pid);
    if (facts === null) continue;
    const siblings = children.get(facts.parentPid);
    if (siblings === undefined) children.set(facts.parentPid, [facts]);
    else siblings.push(facts);
  }
  const found: ProcessFacts[] = [];
  const visit = (pid: number) => {
    for (const child of children.get(pid) ?? []) {
      found.push(child);
      visit(child.ref.pid);
    }
  };
  visit(root.pid);
  return found;
}
