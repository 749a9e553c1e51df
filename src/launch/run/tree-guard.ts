import type { ProcessHandle } from '../../os/system.ts';
import { endWatchdog, startWatchdog } from '../../shutdown/watchdog.ts';

const INIT_PID = 1;

/** While it stands, the tree is killed with us: nobody would be left to forward, reap and tell its end. */
export class TreeGuard {
  #watchdog: ProcessHandle | null = null;

  /** To be called before anybody bears the mark, or who kills us in between leaves a tree behind. */
  set(mark: string | null): void {
    // The end of a namespace's first process is the end of all of it. pid_namespaces(7)
    if (mark !== null && process.pid !== INIT_PID) this.#watchdog = startWatchdog(mark);
  }

  lift(): void {
    if (this.#watchdog !== null) endWatchdog(this.#watchdog);
    this.#watchdog = null;
  }
}
