/** native/linux/foreground.c, native/kqueue/foreground.c, native/posix/terminal.c */
export interface NativeForeground {
  /**
   * Blocks these signals in every thread of the process, for good, and returns an fd from which
   * they are read: readable while one waits. What the kernel raises for a fault of this process
   * itself ends it nevertheless. signalfd(2). 32 and 33 are the C library's: signal(7).
   */
  captureSignals(numbers: number[]): number;
  /** All that wait, in the kernel's order. `own`: sent by this process (SIGPIPE of a write). */
  takeSignals(fd: number): { number: number; own: boolean }[];

  /**
   * Stops this process by TSTP, TTIN or TTOU until it is continued: true, and the SIGCONT waits to
   * be taken. False at once where nobody could continue it: an orphaned process group, pid 1.
   */
  suspendSelf(signal: number): boolean;
  /** As {@link suspendSelf}, with its whole process group: the job that a shell knows. */
  suspendGroup(signal: number): boolean;
  /** getpgrp(2). */
  ownGroup(): number;
  /** The foreground process group of a terminal; -1 when it is not our controlling terminal. tcgetpgrp(3). */
  terminalGroup(fd: number): number;
  /** Also from the background. False: the terminal or the group is gone. tcsetpgrp(3). */
  setTerminalGroup(fd: number, pgid: number): boolean;
  /** How a terminal treats its input and output, to be given back later. tcgetattr(3). */
  terminalModes(fd: number): Uint8Array;
  /** At once. tcsetattr(3), TCSANOW. */
  setTerminalModes(fd: number, modes: Uint8Array): void;
}
