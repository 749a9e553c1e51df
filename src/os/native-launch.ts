/** native/posix/launch.c: what the native code does between fork and exec, in this order. */
export interface NativePlan {
  /** True: setsid and a second fork, parent init. False: a child of this process. */
  detach: boolean;
  /** Not detached only: its own process group. setpgid(2). */
  ownGroup: boolean;
  /** Not detached only: SIGKILL when the thread that launched it ends. prctl(PR_SET_PDEATHSIG). */
  dieWithParent: boolean;
  /** With `ownGroup` only: the terminal whose foreground its group becomes, an fd. tcsetpgrp(3). */
  terminal: number | null;
  /** Executed as it is: an absolute path. */
  file: string;
  argv: string[];
  /** `KEY=value` */
  environment: string[];
  /** Claimed by the new process itself, before any privilege is dropped; null: no identity. */
  identity: { pidFile: string; lockFile: string } | null;
  /** Absolute paths, resolved by the caller. */
  chroot: string | null;
  cwd: string;
  umask: number;
  /** [resource number, soft, hard] as decimal strings; "-1" is infinity, "" leaves it. */
  limits: [number, string, string][];
  nice: number | null;
  oomScoreAdj: number | null;
  /** null: keep the ids. `groups` null: keep the supplementary groups. */
  credentials: { uid: number | null; gid: number | null; groups: number[] | null } | null;
  noNewPrivs: boolean;
  /** For 0, 1, 2: an fd of this process, or a file opened as the invoking user. */
  stdio: [NativeStdio, NativeStdio, NativeStdio];
  /** [fd of this process, number in the new one]. Everything else is closed. */
  fds: [number, number][];
}

export type NativeStdio =
  | { fd: number }
  /** `append`: created 0640 where it is missing, and then given to the new user. */
  | { path: string; mode: 'read' | 'append'; opening?: Opening };

/**
 * `plain`, the default: as the invoking user. `as-user`: as far as the new user may, for folders where others could
 * put a link in the way. `own`: no link, and a file of root's, the invoking or the new user's with no
 * other name, for folders where everybody may put something; else EEXIST.
 */
export type Opening = 'plain' | 'as-user' | 'own';

export interface NativeLaunched {
  pid: number;
  /** CLOEXEC; -1 where the system has none, or it has ended and was reaped. */
  pidfd: number;
}

export interface NativeLaunch {
  /**
   * The soft limit of open files that our caller has, for what we launch: Node raises its own to the hard one
   * when it boots, and every child would inherit that. Programs that use select(2) break above 1024, and
   * some close one by one whatever the limit allows. null where it cannot be known, or was raised on purpose.
   * native/linux/fd-limit.c
   */
  callersFdLimit(): number | null;
  /**
   * Launches by clone(CLONE_VM|CLONE_VFORK), by fork(2) where that does not work or `plainFork` is set.
   * Returns when execve(2) has succeeded. Throws { code, errno, syscall: the step, path,
   * childPid (who failed) or ownerPid (who holds the lock) }.
   */
  launch(plan: NativePlan, plainFork: boolean): NativeLaunched;
}
