import type { ChildProcess } from 'node:child_process';
import { isErrno } from '../errors.ts';
import { readTreeMark } from './linux-mark.ts';
import { endWatchdog, startWatchdog } from './linux-watchdog.ts';
import { native } from './native.ts';
import type { ChildFamily, ProcessHandle } from './system.ts';

// native/linux/family.h: the lower bits of a mark tell the trees of one family apart.
const TREE_BITS = 16n;
const MOST_TREES = (1n << TREE_BITS) - 1n;
// A range of its own beside the marks of daemons, which lie between 2^60 and 2^61.
const FIRST_FAMILY = 1n << 61n;
const RANDOM_MASK = (1n << 45n) - 1n;

/**
 * The trees that this program's children are the roots of. Every process of a tree bears its mark,
 * a soft RLIMIT_LOCKS: see native/linux/family.c.
 */
export class LinuxFamily implements ChildFamily {
  readonly #first: bigint;
  #trees = 0n;
  /** null: it could not be started. */
  #watchdog: ProcessHandle | null | undefined;

  constructor() {
    this.#first = FIRST_FAMILY | ((native().randomNumber() & RANDOM_MASK) << TREE_BITS);
    native().setFamily(this.#name);
  }

  /** As a decimal number; what all marks of the family have in common. */
  get #name(): string {
    return String(this.#first);
  }

  livingTrees(): string[] {
    const marks = native().familyMembers(this.#name).map(readTreeMark);
    return [...new Set(marks)].filter((mark) => mark !== null);
  }

  rest(): void {
    if (this.#watchdog) endWatchdog(this.#watchdog);
    this.#watchdog = undefined;
  }

  /**
   * Spawns a child that bears its mark from the first instant: this process takes the limit on
   * while it forks. Setting it on the child afterwards would lose what the child had forked by
   * then, and everything if this process were killed in between. mark null: the hard limit is
   * lower than any mark, the tree is known by its parents only.
   */
  spawn<Child extends ChildProcess>(spawn: () => Child): { child: Child; mark: string | null } {
    // Before the first child: from here on there is no moment in which our death would leave it.
    if (this.#watchdog === undefined) this.#watchdog = startWatchdog(this.#name);
    this.#trees = (this.#trees % MOST_TREES) + 1n;
    const mark = String(this.#first | this.#trees);
    const before = takeMark(mark);
    if (before === null) return { child: spawn(), mark: null };
    let pid = 0;
    try {
      const child = spawn();
      pid = child.pid ?? 0;
      return { child, mark };
    } finally {
      native().restoreMark(before, mark, pid);
    }
  }
}

function takeMark(mark: string): string | null {
  try {
    return native().exchangeMark(mark);
  } catch (error) {
    if (isErrno(error, 'EINVAL', 'EPERM')) return null;
    throw error;
  }
}
