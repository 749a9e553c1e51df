/** native/posix/context.c, and the capture of signals in native/posix/shutdown.c. */
export interface NativeContext {
  /** Makes `to` another name of the open file `from`. dup2(2). */
  redirectFd(from: number, to: number): void;
  /** chroot(2); the working directory stays where it is, outside. */
  changeRoot(path: string): void;
  /** No core files, for good: both limits of RLIMIT_CORE become 0. setrlimit(2). */
  forbidCore(): void;
  /**
   * Puts the handler of {@link NativeShutdown.armStop} in front of what is there, which it calls,
   * and from now on notes each arrival of the signal. Also for signals that Node has no name for.
   */
  captureSignal(signalNumber: number): void;
  /** Puts back what {@link captureSignal} found. */
  releaseSignal(signalNumber: number): void;
  /** Readable while there are arrivals that nobody took. Not to be closed or read. */
  captureFd(): number;
  /** One arrival, in their order; null: no more. A pid of 0 is an unknown sender. */
  takeSignal(): { number: number; pid: number; uid: number } | null;
}
