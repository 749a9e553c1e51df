/** native/stop-request.c, posix/shutdown.c; native/linux/family.c, watchdog.c */
export interface NativeShutdown {
  /**
   * The request to stop as every thread of the process sees it: one piece of memory, written by
   * the signal handler itself. As 32-bit integers, read with `Atomics.load`:
   * [0] what asked: 0 nothing yet, a signal's number, or -1 for the program itself;
   * [1] signals received in all; [2] and [3] pid and uid of the first signal's sender, 0: unknown;
   * [4] the last signal's number.
   * As a 64-bit integer at byte 32: when, CLOCK_MONOTONIC in nanoseconds.
   */
  stopMemory(): ArrayBuffer;
  /** Becomes readable at the request and stays so until {@link disarmStop}. Not to be closed or read. */
  stopFd(): number;
  /**
   * Installs the handler of these signals in front of what is there, which it calls, and starts the
   * thread that keeps the deadline. `forcedExitCodes[i]` is what the process ends with when the
   * deadline of `signals[i]` passes. Called again, it changes all that without a gap. A signal more than `burstMs` after the one before it ends the
   * process at once. sigaction(2).
   */
  armStop(signals: number[], forcedExitCodes: number[], graceMs: number, burstMs: number): void;
  /** Puts back what {@link armStop} found, forgets a request and its deadline. */
  disarmStop(): void;
  /**
   * Asks as the handler would: `cause` is -1 for the program itself, or a signal's number that the
   * handler did not see. False: asked already.
   */
  requestStop(cause: number, forcedExitCode: number): boolean;
  /** The event loop has taken note of the request; returns how long after it, in milliseconds. */
  noteStop(): number;
  /** What the process says on stderr when it is ended by force; at most 3,500 bytes. */
  describePending(text: string): void;
  /** Ends the process this much later, without a word, unless it ends by itself. */
  endProcessWithin(timeoutMs: number, exitCode: number): void;
  /**
   * Blocks the thread until the request (1), the timeout (0), or, where `watchLoop`, until the
   * event loop has something to do (2): then a `worker.terminate()` can take hold between calls.
   * `timeoutMs` -1 is for ever. `watchLoop` needs libuv: Node only.
   */
  waitForStop(timeoutMs: number, watchLoop: boolean): number;

  /** Every process whose children die with this one carries this family of marks; also set for forced ends. */
  setFamily(family: string): void;
  /** Sets this process' own soft RLIMIT_LOCKS for what it forks next; returns the one before. */
  exchangeMark(mark: string): string;
  /**
   * Gives back `before`, also to children other than `childPid` that another thread forked in
   * between: they are not of this tree.
   */
  restoreMark(before: string, mark: string, childPid: number): void;
  /** SIGKILL for all processes of a family, until none is left. */
  endFamily(family: string): void;
  /** pids of all living processes of a family. */
  familyMembers(family: string): number[];
  /** A copy of a file in memory that can be executed; its fd, CLOEXEC. memfd_create(2). */
  executableCopy(path: string): number;

  /** No further TCP connection gets into the queue of this listening socket. SO_ATTACH_FILTER. */
  dropNewConnections(fd: number): void;
}
