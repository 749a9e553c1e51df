/** native/win32/signal-*.c, families.c: signals where the system has none between processes. Windows only. */
export interface NativeSignals {
  /**
   * Opens this process' pipe for signals and hears what the console tells; `emit` is called on the event
   * loop for each signal that arrives. Only the first caller's `emit` counts. Does not keep the event loop
   * alive. Main thread only. Returns 0, or the error of GetLastError() when the pipe could not be had.
   */
  hearSignals(emit: (signalNumber: number) => void): number;
  /** Undoes {@link hearSignals}. */
  leaveSignals(): void;
  /** Whether `process` has a listener for the signal: without one, and neither armed nor captured, it ends the process. */
  noteListener(signalNumber: number, on: boolean): void;
  /** CTRL_BREAK for a process group, by the pid of its leader; false when that is not on our console. */
  breakGroup(pid: number): boolean;
  /** As if somebody had sent it. */
  raiseSignal(signalNumber: number): void;
  /**
   * Sends a signal to the process with this creation time, and waits for at most `timeoutMs` until it has
   * arrived there. `unheard`: it does not listen, or has not answered. `refused`: it is another user's.
   */
  sendSignal(
    pid: number,
    startTime: string,
    signalNumber: number,
    timeoutMs: number,
  ): 'delivered' | 'unheard' | 'refused';
  /** One bit for each signal that does not end the process; null: it does not listen. */
  heededSignals(pid: number, startTime: string, timeoutMs: number): number | null;
  /** This Job is to be ended when the process is ended by force. */
  noteFamily(job: number): void;
  /** No more; closes it. */
  forgetFamily(job: number): void;
}
