import type { ProcessFacts } from '../../os/system.ts';

/** What the system told; or that it does not let us look (ptrace(2), "Ptrace access mode checking"). */
export type Reading<T> = { kind: 'known'; value: T } | { kind: 'denied' };

/** Real, effective, saved and file system id, in the order of proc_pid_status(5). */
export type FourIds = readonly [number, number, number, number];

/** What /proc/PID/status says; signal and capability sets as bit masks, bit 0 for signal 1 or capability 0. */
export interface StatusFacts {
  readonly uids: FourIds;
  readonly gids: FourIds;
  readonly groups: readonly number[];
  readonly umask: number | null;
  /** Blocked in every thread: a signal to the process that any thread takes is not blocked. */
  readonly blocked: bigint;
  readonly ignored: bigint;
  readonly inheritable: bigint;
  readonly permitted: bigint;
  readonly ambient: bigint;
  readonly noNewPrivs: boolean;
  /** Of its session, in each pid namespace that sees it. */
  readonly sessionIds: readonly string[];
  /** Pid 1 of its own pid namespace. pid_namespaces(7). */
  readonly isContainerInit: boolean;
}

export interface Limit {
  /** null: unlimited. */
  readonly soft: number | null;
  readonly hard: number | null;
}

/** Another process, as far as a sentence needs it. */
export interface Neighbour {
  readonly pid: number;
  readonly comm: string;
}

export interface FdFacts {
  readonly fd: number;
  /** As /proc/PID/fd shows it, without " (deleted)". */
  readonly target: string;
  readonly kind: 'null' | 'terminal' | 'file' | 'folder' | 'pipe' | 'socket' | 'other';
  readonly isDeleted: boolean;
  readonly isWritable: boolean;
  readonly isReadable: boolean;
  readonly appends: boolean;
  /** Set: it cannot have come through execve(2), the program opened it itself. */
  readonly closesOnExec: boolean;
  /** For a regular file. */
  readonly file: FileFacts | null;
  /** Processes outside the daemon's own that hold the same pipe, socket or inherited file. */
  readonly sharedWith: readonly Neighbour[];
}

export interface FileFacts {
  readonly mode: number;
  readonly uid: number;
  readonly sizeBytes: number;
  /** What an unprivileged program may still write on its file system; null: not known. */
  readonly freeBytes: number | null;
}

export interface FolderFacts {
  readonly path: string;
  readonly isDeleted: boolean;
  /** Where its file system is mounted; null: not known. */
  readonly mountPoint: string | null;
}

export interface PidFileFacts {
  readonly path: string;
  readonly exists: boolean;
  /** Its lock file, as /proc/PID/fd shows it. */
  readonly lockFile: string;
  /** What it says, if that is a pid. */
  readonly pid: number | null;
  readonly isSymbolicLink: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly links: number;
  /** The process holds a lock on it, or on `<pid file>.lock`. */
  readonly isLocked: boolean;
  /** A folder above it in which somebody else could replace it; null for none. */
  readonly unsafeFolder: string | null;
}

/** What daimon itself knows of a daemon that it started. */
export interface Expectation {
  readonly keepFds: readonly number[];
  readonly core: boolean;
  readonly umask: number;
}

/** The systemd service whose cgroup a process is in. */
export interface ServiceFacts {
  readonly unit: string;
  /**
   * systemd made its session: the leader of that is what it executed. A cgroup alone shows nothing, since what a service
   * starts stays in it. null: not to be known (systemd before 248, or the environment is hidden or was changed).
   */
  readonly madeSession: boolean | null;
}

/** Everything the rules judge, in one reading. */
export interface CheckFacts {
  readonly self: ProcessFacts;
  readonly status: StatusFacts;
  /** The leader of its session, if that is another process and runs. */
  readonly leader: ProcessFacts | null;
  readonly parent: ProcessFacts | null;
  readonly service: ServiceFacts | null;
  readonly limits: ReadonlyMap<string, Limit>;
  readonly fds: Reading<readonly FdFacts[]>;
  /** Signals that a signalfd(2) of its takes: blocked on purpose. */
  readonly signalFdMask: bigint;
  readonly cwd: Reading<FolderFacts>;
  readonly root: Reading<string>;
  readonly program: Reading<{ path: string; isDeleted: boolean }>;
  /** Names alone: values are not kept. */
  readonly environmentNames: Reading<readonly string[]>;
  /** null: none is known or found. */
  readonly pidFile: PidFileFacts | null;
  /** What the user database says of its effective uid; null: it knows no such user. */
  readonly user: { readonly name: string; readonly groups: readonly number[] } | null;
  /** The names of its groups, by id, where they have one. */
  readonly groupNames: ReadonlyMap<number, string>;
  readonly expected: Expectation | null;
  /** Whoever asks: what is safe for a user's own daemon is not safe for root. */
  readonly auditorUid: number;
}
