import type { ChildProcess } from 'node:child_process';
import type { ProcessRef } from '../process-ref.ts';
import type { FileId, FileStatus } from './file-status.ts';
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

/** The steps of a launch, and the mark of the tree that it is the root of; null: the system has none. */
export interface LaunchPlan extends NativePlan {
  mark: string | null;
  /** Files of ours that keep their number in the new process; passed over where there is no such thing. */
  keptFds: readonly number[];
}

/** Who a file belongs to, and who may change it. */
export interface FileOwner {
  readonly isOurs: boolean;
  /** root, or Windows' Administrators and SYSTEM: they may do everything anyway. */
  readonly isRoot: boolean;
  /** For people: `uid 33`. */
  readonly name: string;
  readonly groupMayWrite: boolean;
  readonly othersMayWrite: boolean;
}

/** `passing`: a daimon command holds the lock for an instant, to tidy up. */
export type LockState = { kind: 'free' } | { kind: 'held'; pid: number } | { kind: 'passing' };

/** A claim: a file that one process holds for life, and that the kernel frees when it ends. */
export interface Claims {
  read(lockFile: string): LockState;
  /**
   * Runs `work` while nobody can take the claim, and removes its file. false when a process holds it.
   * Who opened the file meanwhile sees that it is gone and tries again.
   */
  whileFree(lockFile: string, work: () => void): boolean;
  /** Takes it for this process, for life: true when taken. */
  take(lockFile: string): boolean;
  /** Gives up this process' own claim, and removes its file where that is permitted. */
  release(lockFile: string): void;
}

/** What may be asked of a launch, and not every system has. */
export type Feature =
  | 'chroot'
  | 'user'
  | 'group'
  | 'limit'
  | 'oom-score-adj'
  | 'no-new-privs'
  | 'ready notify'
  /** Standard streams of a running process. */
  | 'redirect'
  | 'keep-fd';

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
  launch(plan: LaunchPlan): NativeLaunched;
  /** A handle on a process launched by this one; adopts its pidfd. */
  adoptLaunched(launched: NativeLaunched): ProcessHandle;
  /** What a process and all that descend from it are to be known by; 19 digits. null: there is no such thing. */
  newTreeMark(): string | null;
  markedPids(mark: string): number[];
  /** SIGKILL for all that bear the mark, but for the caller; tells who they were. */
  killMarked(mark: string): { pid: number; comm: string }[];
  /** The mark that a running process bears, whoever set it; null for none, or where nobody tells. */
  readTreeMark(pid: number): string | null;
  bearsMark(pid: number, mark: string): boolean;
  /**
   * What tells the tree of a daemon that was launched in a session of its own, while it lives: the mark that
   * it bears; where there are none, that session.
   */
  launchedTree(pid: number): string | null;
  /** While it is held, what bears the mark does not end with the daemon, where it would. null: nothing to hold. */
  holdTree(mark: string): { close(): void } | null;
  openFamily(): ChildFamily;
  /** The tree with this mark is killed when this program ends. null: it does so anyway, or it cannot be had. */
  guardTree(mark: string): TreeGuard | null;
  /** False when the signal would end the process, which neither handles nor ignores it; null: nobody tells. */
  heeds(ref: ProcessRef, signalNumber: number): boolean | null;
  /** Process groups, controlling terminals, and orphans that somebody has to reap. */
  readonly hasJobControl: boolean;
  /** False where signals of others reach only programs that call {@link hearSignals}. Windows. */
  readonly bringsSignals: boolean;
  /** Lets signals of other processes reach this one, where the system itself does not bring them. */
  hearSignals(): void;
  /** Sends this process a signal. */
  raise(signalNumber: number): void;
  /** All of the first open file from this number on that begins with `magic`; once. null: there is none. */
  takeFile(firstFd: number, magic: string): Buffer | null;
  /** What the native functions take for a file descriptor that this process was started with. */
  nativeFd(fd: number): number;
  /** What goes to standard error from now on is lost. */
  muteStderr(): void;
  readonly claims: Claims;
  /** Takes a folder for this process, until it lets go or ends. null: there is no such folder. */
  holdFolder(path: string): { release(): void } | 'held' | null;
  /** stat(2); null when there is no such file. */
  stat(path: string): FileStatus | null;
  /** lstat(2): of a symbolic link itself. */
  lstat(path: string): FileStatus | null;
  /** fstat(2); null for a descriptor that is not open. */
  fstat(fd: number): FileStatus | null;
  /**
   * Writes a file aside, as `<path>.new`, and renames it: a reader sees the old one or the new one, whole. The
   * mode whatever the umask. Nobody else may be at it meanwhile: what stands aside is of a writer that was killed.
   */
  replaceFile(path: string, text: string, mode: number): FileId;
  /** Writes all of it to an open file; waits where a pipe is full, whether it blocks or not. */
  writeText(fd: number, text: string): void;
  ownerOf(path: string, status: { uid: number; mode: number }): FileOwner;
  /** Where daimon's files are, unless DAIMON_HOME says so. */
  readonly homeKind: 'root' | 'bsd-root' | 'xdg' | 'local-app-data';
  /** Why no file of daimon's can have this name; null when one can. */
  nameFault(name: string): string | null;
  /** The names of files that a program of this name may have on the PATH. */
  programNames(name: string): string[];
  /** What cannot be had here, and what to do instead. */
  readonly lacks: { readonly [feature in Feature]?: string };
  /**
   * The files called *.lock that this process has open, and (Linux) holds the lock of, found without opening them again;
   * null where the system does not tell.
   */
  ownLocks(): string[] | null;
  /** The words by which this process was executed; [] where the system does not tell. */
  ownArguments(): string[];
  /** True where files of users that are not ours to see are shown as nobody's: Linux, user_namespaces(7). */
  hidesOwners(): boolean;
  /** True where a watched folder tells of a file in it that grows while its writer keeps it open. */
  readonly tellsGrowth: boolean;
  /** An address for a datagram socket that nobody has yet: abstract ("@name"), or a path. */
  newSocketAddress(): string;
  lookupUser(nameOrUid: string | number): User | null;
  lookupGroup(nameOrGid: string | number): { name: string; gid: number } | null;
}
