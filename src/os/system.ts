import type { ChildProcess } from 'node:child_process';
import type { ProcessRef } from '../process-ref.ts';
import type { NativeLaunched, NativePlan } from './native-launch.ts';
import type { ExitStatus } from './native-system.ts';

export type { ExitStatus } from './native-system.ts';

/** What the system tells of a process, in one reading. */
export interface ProcessFacts {
  readonly ref: ProcessRef;
  readonly parentPid: number;
  /** Process group and session ids. credentials(7). */
  readonly pgid: number;
  readonly sid: number;
  /** Device number of the controlling terminal, 0 for none. */
  readonly terminal: number;
  /** The kernel's short name, at most 15 bytes; may hold any character. */
  readonly comm: string;
  /** One letter of proc_pid_stat(5): R, S, D, T (stopped), t (traced), Z (zombie) … */
  readonly state: string;
  /** Its threads that have not ended, and its main thread in any case. */
  readonly threads: number;
  readonly cpuTimeMs: number;
  readonly memoryBytes: number;
  readonly uptimeMs: number;
}

/** What became of a signal. Expected outcomes are values. */
export type Delivery =
  | { kind: 'delivered' }
  | { kind: 'gone' } // ESRCH, or the pid is someone else's now
  | { kind: 'refused'; cause: Error } // EPERM
  | { kind: 'unheard' }; // it runs, and does not listen: Windows, where signals reach only who does

/** A process held fast: whatever happens to its pid, this is never another process. */
export interface ProcessHandle {
  readonly ref: ProcessRef;
  signal(signalNumber: number): Delivery;
  hasExited(): boolean;
  /** Resolves when the process has ended (a zombie has), without polling. null: the kernel does not tell how. */
  exited(signal?: AbortSignal): Promise<ExitStatus | null>;
  /** Blocks the thread for at most `timeoutMs`; true once it has ended. */
  waitSync(timeoutMs: number): boolean;
  exitStatus(): ExitStatus | null;
  close(): void;
}

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  readonly groups: number[];
}

/** Trees of child processes that end with this program, also when it is killed. */
export interface ChildFamily {
  /**
   * Makes a child the root of a tree, from its first instant on. mark null: the system has none for
   * it, the tree is known by its parents only.
   */
  spawn<Child extends ChildProcess>(spawn: () => Child): { child: Child; mark: string | null };
  /** The marks of the trees of which something lives. */
  livingTrees(): string[];
  /** Nobody is left to be ended: what watches over the trees goes, until the next child. */
  rest(): void;
}

export interface TreeGuard {
  /** What is left of the tree may outlive this program again. */
  lift(): void;
}

/** What every operating system gives, each in its own file; `index.ts` picks one. */
export interface System {
  readonly name: 'linux' | 'darwin' | 'freebsd' | 'win32';
  /** null when there is no such process. */
  readProcess(pid: number): ProcessFacts | null;
  /** An identity of this boot that no process has. */
  nobody(): ProcessRef;
  /** True when the process runs (a zombie does not). */
  isAlive(ref: ProcessRef): boolean;
  /** null when the process is gone or the pid is someone else's. */
  openProcess(ref: ProcessRef): ProcessHandle | null;
  listPids(): number[];
  /** True where only its parent learns how a process ended: Linux before 6.15, once init has reaped. */
  readonly onlyParentsLearnEnds: boolean;
  /** Orphans below this process become its children until it ends. prctl(2), PR_SET_CHILD_SUBREAPER. */
  adoptOrphans(): void;
  launch(plan: NativePlan): NativeLaunched;
  /** A handle on a process launched by this one; adopts its pidfd. */
  adoptLaunched(launched: NativeLaunched): ProcessHandle;
  /** A limit that marks a process and all that descend from it: [resource, soft, hard], and its name in records. */
  newTreeMark(): { mark: string; limit: [number, string, string] } | null;
  markedPids(mark: string): number[];
  /** SIGKILL for all that bear the mark, but for the caller; tells who they were. */
  killMarked(mark: string): { pid: number; comm: string }[];
  /** The mark that a running process bears, whoever set it; null for none. */
  readTreeMark(pid: number): string | null;
  openFamily(): ChildFamily;
  /** The tree with this mark is killed when this program ends. null: it does so anyway, or it cannot be had. */
  guardTree(mark: string): TreeGuard | null;
  /** False when the signal would end the process, which neither handles nor ignores it; null: nobody tells. */
  heeds(ref: ProcessRef, signalNumber: number): boolean | null;
  /** Calls back once this process is asked to stop. Keeps the event loop alive unless in the `background`. */
  watchStop(callback: () => void, background: boolean): void;
  /** Calls back once when a captured signal waits to be taken; does not keep the event loop alive. */
  watchCaptured(callback: () => void): void;
  /** Lets signals of other processes reach this one, where the system itself does not bring them. */
  hearSignals(): void;
  /** Sends this process a signal. */
  raise(signalNumber: number): void;
  lookupUser(nameOrUid: string | number): User | null;
  lookupGroup(nameOrGid: string | number): { name: string; gid: number } | null;
}
