import type { FileId, FileStatus } from './file-status.ts';

/** How a process ended. `exitCode` and `signal` are both null where the system does not tell. */
export interface ExitStatus {
  readonly exitCode: number | null;
  /** Signal number. */
  readonly signal: number | null;
}

/** native/posix: process, users, open-as, files, file-status, replace-file, locks, watch, sockets; native/linux: pidfds, memory, marks. */
export interface NativeSystem {
  /** Opens a pidfd, CLOEXEC. Throws ESRCH when there is no such process. pidfd_open(2), Linux 5.3. */
  pidfdOpen(pid: number): number;
  /** pidfd_send_signal(2). Throws ESRCH or EPERM. */
  pidfdSignal(pidfd: number, signal: number): void;
  /** kill(2), for groups (negative pid) and systems without pidfds. */
  kill(pid: number, signal: number): void;
  /**
   * How an ended process ended: from its zombie, or by PIDFD_GET_INFO once it was reaped (Linux 6.15).
   * null when the kernel does not tell (reaped, and an older kernel).
   */
  pidfdExitStatus(pidfd: number, pid: number): ExitStatus | null;
  /** True where anyone may ask how a process ended: PIDFD_GET_INFO, Linux 6.15. */
  tellsEndsToAll(): boolean;
  /**
   * waitpid(2) with WNOHANG | WUNTRACED; pid -1 for any child. null when none has changed or there is
   * none. `stopSignal` is null for one that has ended, which is then gone for good.
   */
  reap(pid: number): (ExitStatus & { pid: number; stopSignal: number | null }) | null;
  /** Blocks the calling thread until one of the fds is readable: its index, or -1 at the timeout. poll(2). */
  pollReadable(fds: number[], timeoutMs: number): number;
  /**
   * Calls back once, on the event loop, when `fd` is readable (a pidfd: its process ended).
   * One epoll thread serves all watches, asleep until something happens. Returns a handle
   * for `unwatch`. A watch keeps the event loop alive unless it is a `background` one.
   */
  watchReadable(fd: number, callback: () => void, background?: boolean): number;
  unwatch(handle: number): void;
  /** prctl(PR_SET_CHILD_SUBREAPER). */
  setSubreaper(on: boolean): void;
  /** _exit(2): ends the process without tearing Node down, which takes 1 ms. */
  exitNow(status: number): never;
  closeFd(fd: number): void;

  /** fcntl F_GETLK on byte 0: null when free, else the owner's pid; 0 for one of another pid namespace; -1 for a lock that is no daemon's. */
  lockOwner(fd: number): number | null;
  /** Takes byte 0 by an open-file-description lock (F_OFD_SETLK): true when taken. Closing the fd frees it. */
  lockBriefly(fd: number): boolean;
  /** Takes byte 0 for this process (F_SETLK) for as long as no fd of the file is closed: true when taken. */
  lockForLife(fd: number): boolean;
  /**
   * Holds the lock of a folder, the file `.lock` in it, by flock(2): its fd; null when another has it. The file is
   * made where there is none, 0600 and the folder's owner's. Throws ENOENT or ENOTDIR without the folder, EPERM
   * for a file that others could have prepared.
   */
  holdFolder(path: string): number | null;
  /** The file goes with the last other one in the folder: making it takes 0.1 to 0.4 ms. */
  releaseFolder(fd: number, path: string): void;
  /** Smallest free number ≥ `minimum` for a duplicate, CLOEXEC. fcntl(F_DUPFD_CLOEXEC). */
  duplicateFd(fd: number, minimum: number): number;
  setCloseOnExec(fd: number, on: boolean): void;
  /**
   * At most `length` bytes, fewer at the end; from `position`, or with -1 from where the last read
   * ended. For fds that we did not open by `node:fs`, which Deno's does not know. read(2), pread(2).
   */
  readFd(fd: number, length: number, position: number): Buffer;
  /** statx(2), or fstatat(2) where there is none; null: there is no such file (ENOENT, ENOTDIR). */
  stat(path: string): FileStatus | null;
  /** Of a symbolic link itself. */
  lstat(path: string): FileStatus | null;
  /** null: not open. Deno's own knows only what Deno has opened. */
  fstat(fd: number): FileStatus | null;
  /** Writes all of it; waits where a pipe is full, whether it blocks or not. write(2). */
  writeFd(fd: number, text: string): void;
  /** What {@link System.replaceFile} does. */
  replaceFile(path: string, text: string, mode: number): FileId;
  /** CLOEXEC pipe. pipe2(2). */
  pipe(): { read: number; write: number };
  /** A sealed memfd with this name and content, CLOEXEC. memfd_create(2). */
  sealedMemory(name: string, content: Uint8Array): number;

  /** User database: by name or number; null when unknown. getpwnam(3), getgrouplist(3). */
  lookupUser(nameOrUid: string | number): {
    name: string;
    uid: number;
    gid: number;
    home: string;
    shell: string;
    groups: number[];
  } | null;
  lookupGroup(nameOrGid: string | number): { name: string; gid: number } | null;

  /** native/posix/open-as.c: opens for reading as far as that user may, from a thread that stays root. setfsuid(2). */
  openAsUser(path: string, uid: number, gid: number, groups: number[]): number;

  /** A datagram socket bound to an abstract or path address, SO_PASSCRED, CLOEXEC. */
  bindDatagram(address: string): number;
  /** One waiting datagram, or null; fds that came along are closed. */
  receiveDatagram(fd: number): { data: string; pid: number; uid: number; gid: number } | null;
  /** sendto(2) on a throw-away datagram socket; fds travel by SCM_RIGHTS. */
  sendDatagram(address: string, data: string, fds?: number[]): void;
  /** A connected stream socket pair, CLOEXEC. socketpair(2). */
  socketPair(): [number, number];

  /** 64 random bits of the kernel, getrandom(2): node:crypto costs 2 ms to load. */
  randomNumber(): bigint;

  /** Every living pid whose soft RLIMIT_LOCKS is `mark` (a decimal string), by a scan of /proc. */
  markedProcesses(mark: string): number[];
  /**
   * SIGKILL for each of them in the moment it is found, but for the caller: what forks and exits without
   * end is faster than any list of pids.
   */
  killMarked(mark: string): { pid: number; comm: string }[];
}
