import type { ChildProcess } from 'node:child_process';
import { isErrno } from '../errors.ts';
import { native } from './native.ts';
import { newMark } from './new-mark.ts';
import type { ChildFamily } from './system.ts';
import { createTree } from './windows-jobs.ts';

const PROCESS_SET_QUOTA = 0x0100;
const PROCESS_TERMINATE = 0x0001;

/**
 * Each child and all that it starts are in a job that only this program holds open: the system ends what
 * is in it when this program is gone, in whatever way.
 */
export class WindowsFamily implements ChildFamily {
  readonly #jobs = new Map<string, number>();

  /**
   * A child enters its job right after its creation: what it started within those microseconds, before
   * its own program has begun, would stay outside.
   */
  spawn<Child extends ChildProcess>(spawn: () => Child): { child: Child; mark: string | null } {
    const mark = newMark();
    const job = createTree(mark);
    native().noteFamily(job);
    this.#jobs.set(mark, job);
    const child = spawn();
    const isInIt = child.pid !== undefined && joinJob(child.pid, job);
    return { child, mark: isInIt ? mark : null };
  }

  livingTrees(): string[] {
    const living = [...this.#jobs].filter(([, job]) => native().jobPids(job).length > 0);
    return living.map(([mark]) => mark);
  }

  rest(): void {
    const living = new Set(this.livingTrees());
    for (const [mark, job] of this.#jobs) {
      if (living.has(mark)) continue;
      native().forgetFamily(job);
      this.#jobs.delete(mark);
    }
  }
}

/** False when it has ended already, or is in a job that lets no other in: known by its parents only. */
function joinJob(pid: number, job: number): boolean {
  // Not another's pid: libuv holds the child's handle until it has told its end.
  const handle = native().openProcess(pid, PROCESS_SET_QUOTA | PROCESS_TERMINATE);
  if (handle === null) return false;
  try {
    native().assignToJob(handle, job);
    return true;
  } catch (error) {
    if (!isErrno(error, 'ERROR_ACCESS_DENIED')) throw error;
    return false;
  } finally {
    native().closeHandle(handle);
  }
}
