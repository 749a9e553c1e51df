import type { ExitStatus } from './native-system.ts';

/** native/kqueue, native/darwin, native/freebsd: macOS and FreeBSD. */
export interface NativeKqueue {
  /**
   * A descriptor that is readable once the process has ended; CLOEXEC. Throws ESRCH when it is gone (on
   * macOS, when it has ended). kqueue(2), EVFILT_PROC.
   */
  processFd(pid: number): number;
  /** How it ended, told once; null: it has ended, and we may not know how. undefined: it runs on. */
  takeEnd(processFd: number): ExitStatus | null | undefined;
  /** null when there is none. A zombie is one. */
  readProcess(pid: number): NativeProcess | null;
  listPids(): number[];
  /** The paths of the files that this process has open, as the kernel remembers them. fcntl(2): F_GETPATH, F_KINFO. */
  ownOpenPaths(): string[];
  /** macOS: kern.bootsessionuuid. FreeBSD: the same for all boots, as its start times count from the boot. */
  bootId(): string;
  /** FreeBSD: the soft RLIMIT_NPTS of a process, as a decimal string; null for none. sysctl kern.proc.rlimit. */
  readMark(pid: number): string | null;
  /** macOS: who a process is, and who forked it; null for zombies too. proc_pidinfo(2), PROC_PIDUNIQIDENTIFIERINFO. */
  readBirth(pid: number): NativeBirth | null;
}

/** Numbers that one boot gives to no second process. */
export interface NativeBirth {
  readonly id: number;
  readonly parentId: number;
}

/** sysctl(3), kern.proc.pid. */
export interface NativeProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly pgid: number;
  readonly sid: number;
  /** Microseconds: since 1970 on macOS, since the boot on FreeBSD. */
  readonly startedUs: number;
  readonly terminal: number;
  readonly state: string;
  readonly threads: number;
  readonly comm: string;
  /** 0 where we may not know: processes of others on macOS. */
  readonly cpuUs: number;
  readonly memoryBytes: number;
}
