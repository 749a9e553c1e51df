import { system } from '../../os/index.ts';
import type { TreeGuard as SystemGuard } from '../../os/system.ts';

/** While it stands, the tree is killed with us: nobody would be left to forward, reap and tell its end. */
export class TreeGuard {
  #guard: SystemGuard | null = null;

  /** To be called before anybody bears the mark, or who kills us in between leaves a tree behind. */
  set(mark: string | null): void {
    if (mark !== null) this.#guard = system().guardTree(mark);
  }

  lift(): void {
    this.#guard?.lift();
    this.#guard = null;
  }
}
