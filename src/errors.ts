/** Every way daimon can fail: what the code means and the exit status the command gives it. */
export const ERROR_CODES = {
  ALREADY_RUNNING: { exitStatus: 1, meaning: 'another daemon holds this PID file' },
  NOT_RUNNING: { exitStatus: 1, meaning: 'the daemon is known, but does not run' },
  NOT_FOUND: { exitStatus: 1, meaning: 'no daemon, process, file or user goes by this name' },
  INVALID_ARGUMENT: { exitStatus: 2, meaning: 'a value has the wrong type, form or range' },
  UNKNOWN_OPTION: { exitStatus: 2, meaning: 'there is no such option or command' },
  UNSUPPORTED: { exitStatus: 2, meaning: 'this platform or runtime cannot do it' },
  NOT_CLONEABLE: { exitStatus: 2, meaning: 'an argument cannot cross into the daemon' },
  LAUNCH_FAILED: { exitStatus: 1, meaning: 'a step between fork and exec failed' },
  EXITED_EARLY: { exitStatus: 1, meaning: 'the daemon ended before it was ready' },
  READY_TIMEOUT: { exitStatus: 1, meaning: 'the daemon was not ready in time' },
  STOP_TIMEOUT: { exitStatus: 1, meaning: 'something could not be ended in time' },
  UNSAFE_FILE: { exitStatus: 1, meaning: 'a file or folder could be controlled by someone else' },
  REFUSED: { exitStatus: 1, meaning: 'the system does not permit it' },
  BUSY: { exitStatus: 1, meaning: 'another daimon command is working on the same daemon' },
  SYSTEM: { exitStatus: 1, meaning: 'a system call failed' },
  NATIVE_MISSING: { exitStatus: 1, meaning: 'the native part of daimon could not be loaded' },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** What a {@link DaemonError} knows beside its message; each member only where it applies. */
export interface ErrorFacts {
  /** The system call or the step of the launch that failed, for example `chdir`. */
  syscall?: string | undefined;
  /** The system's error number, positive, as in errno(3). */
  errno?: number | undefined;
  /** The system's error name, for example `ENOENT`. */
  errnoName?: string | undefined;
  /** The file, folder or program concerned. */
  path?: string | undefined;
  /** The process concerned. */
  pid?: number | undefined;
  /** How the daemon ended, where it did. */
  exitCode?: number | undefined;
  /** The signal that ended the daemon, where one did. */
  signal?: string | undefined;
  cause?: unknown;
}

/** The one error class of daimon. Match on `code`; the message is for people. */
export class DaemonError extends Error {
  override readonly name = 'DaemonError';
  readonly code: ErrorCode;
  declare readonly syscall?: string;
  declare readonly errno?: number;
  declare readonly errnoName?: string;
  declare readonly path?: string;
  declare readonly pid?: number;
  declare readonly exitCode?: number;
  declare readonly signal?: string;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    const { cause, ...known } = facts;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    for (const [key, value] of Object.entries(known)) {
      if (value !== undefined) Object.assign(this, { [key]: value });
    }
  }
}

/** True for an error of the system with one of these names, for example `isErrno(e, 'ENOENT')`. */
export function isErrno(error: unknown, ...names: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && names.includes(String(error.code));
}
