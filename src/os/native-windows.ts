/**
 * native/win32: processes, jobs, launching and files of Windows. Windows only. A handle is a number here;
 * what the functions of other systems call an fd is a handle too, but for those of Node's own: see
 * {@link NativeWindows.fdHandle}. Errors: { code: 'ERROR_ACCESS_DENIED', errno: 5, syscall: 'OpenProcess', path? }.
 */
export interface NativeWindows {
  /** null when there is no such process. OpenProcess(). */
  openProcess(pid: number, access: number): number | null;
  closeHandle(handle: number): void;
  /** `created`: 100 ns since 1601. GetProcessTimes(). */
  processTimes(process: number): { created: string; cpuTimeMs: number; uptimeMs: number };
  /** `parentPid` as it was at the birth: it may be another's by now. `path` '' where it is not told. */
  processFacts(process: number): {
    sessionId: number;
    parentPid: number;
    path: string;
    memoryBytes: number;
  };
  listProcesses(): number[];
  /** Blocks the thread until it ends (true) or the time is up; -1 is for ever. */
  waitProcess(process: number, timeoutMs: number): boolean;
  /** null while it runs. */
  exitCode(process: number): number | null;
  /** False when it has ended already. */
  terminateProcess(process: number, exitCode: number): boolean;
  /** Counts the boots; 0 where the system does not. */
  bootId(): number;

  /** A new job; throws ERROR_ALREADY_EXISTS for a name that is taken. '' for none. CreateJobObject(). */
  createJob(name: string, limitFlags: number): number;
  /** null when nobody holds a job of this name. */
  openJob(name: string): number | null;
  jobPids(job: number): number[];
  terminateJob(job: number, exitCode: number): void;
  isInJob(process: number, job: number): boolean;
  assignToJob(process: number, job: number): void;

  /**
   * `handles`: [fd in the new process, handle]; 0 to 2 are its standard streams, others reach programs of
   * Microsoft's C runtime, as Node is one. `environment`: "KEY=value\0" and so on. `job` 0 for none.
   */
  createProcess(order: {
    application: string;
    commandLine: string;
    environment: string;
    folder: string;
    flags: number;
    job: number;
    handles: [number, number][];
  }): { pid: number; process: number; thread: number };
  resumeThread(thread: number): void;
  setPriority(process: number, priorityClass: number): void;
  /** The process holds it too, and none of its children: its number there; 0 when the process has ended. */
  giveHandle(handle: number, process: number): number;
  /** The handle behind a file descriptor of Node's; null when that is not open. */
  fdHandle(fd: number): number | null;

  /** null where there is no such file, or no owner is told. */
  fileOwner(path: string): { isOurs: boolean; isTrusted: boolean; name: string } | null;
  openStream(path: string, append: boolean): number;
  /**
   * Opens a file so that nobody else can write to it while this handle, or a duplicate in any process, is
   * open. null: somebody else holds it so, or it is just being removed. undefined: there is none.
   */
  holdFile(path: string, create: boolean): number | null | undefined;
  /** null when there is no such file. */
  isFileHeld(path: string): boolean | null;
  writeHeld(handle: number, text: string): void;
  /** Its name goes with its last handle; until then nobody can open it. */
  removeHeld(handle: number): void;
}
