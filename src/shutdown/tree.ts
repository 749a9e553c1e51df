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
   * null: only parents and children tell, and what left its parents before anybody looked is not found.
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

/** One look at a tree. */
export function findTree(scope: TreeScope): FoundTree {
  return new TreeSearch(scope).find();
}

/**
 * Looks at a tree again and again. Where it bears no mark, whoever was seen in it is still known after
 * losing its parents: so look once before anybody is asked to end.
 */
export class TreeSearch {
  readonly scope: TreeScope;
  readonly #known = new Map<number, ProcessRef>();

  constructor(scope: TreeScope) {
    this.scope = scope;
  }

  find(): FoundTree {
    const { root: wanted, mark } = this.scope;
    const seen = mark === null ? this.#descendants() : marked(mark);
    const root = wanted === null ? null : system().readProcess(wanted.pid);
    const isRoot = root !== null && root.ref.startTime === wanted?.startTime;
    const found = withoutStrangers(
      seen.filter((facts) => facts !== null),
      wanted?.pid ?? 0,
    );
    const others = found.filter(({ ref }) => !isRoot || ref.pid !== root.ref.pid);
    const members = [...(isRoot ? [root] : []), ...others].filter(
      (facts) => !hasEnded(facts) && facts.ref.pid !== process.pid,
    );
    return { members, isWhole: !seen.includes(null) };
  }

  #descendants(): ProcessFacts[] {
    const { root } = this.scope;
    if (root === null) return [];
    const all = new Map(readAll().map((facts) => [facts.ref.pid, facts]));
    // A number that another process has by now says nothing.
    const isStill = ({ pid, startTime }: ProcessRef) => all.get(pid)?.ref.startTime === startTime;
    const known = [...this.#known.values()].filter(isStill).map(({ pid }) => pid);
    const tree = new Set(isStill(root) ? [root.pid, ...known] : known);
    for (let before = -1; before < tree.size; ) {
      before = tree.size;
      for (const { ref, parentPid } of all.values()) if (tree.has(parentPid)) tree.add(ref.pid);
    }
    tree.delete(root.pid);
    const found = [...all.values()].filter(({ ref }) => tree.has(ref.pid));
    for (const { ref } of found) this.#known.set(ref.pid, ref);
    return found;
  }
}

function readAll(): ProcessFacts[] {
  return system()
    .listPids()
    .map((pid) => system().readProcess(pid))
    .filter((facts) => facts !== null);
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
