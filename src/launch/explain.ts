import { DaemonError } from '../errors.ts';
import { signalName } from '../os/signals.ts';
import type { ExitStatus } from '../os/system.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';

/** What the native launch throws. */
export interface StepFailure extends NodeJS.ErrnoException {
  syscall: string;
  /** Who holds the lock, where that is the failure. */
  ownerPid?: number;
  /** The process that failed, and is gone. */
  childPid?: number;
}

export function isStepFailure(error: unknown): error is StepFailure {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}

/** A failed step in words: the attempt, the fact and the way on. */
export function explainStep(spec: DaemonSpec, failure: StepFailure): DaemonError {
  const path = failure.path ?? null;
  const facts = {
    syscall: failure.syscall,
    errno: failure.errno,
    errnoName: failure.code,
    path: failure.path,
    cause: failure,
  };
  if (failure.syscall === 'lock' && failure.ownerPid !== undefined) {
    return alreadyRunning(spec.name, failure.ownerPid, spec.pidFile);
  }
  if (failure.syscall === 'lock' && failure.code === 'ETIMEDOUT') {
    return new DaemonError(
      'BUSY',
      `Cannot start "${spec.name}": another daimon command is working on ${spec.pidFile}. Try again when it is done`,
      facts,
    );
  }
  const words = systemWords(failure);
  const what = WHAT_FAILED[failure.syscall]?.(spec) ?? failure.syscall;
  const hint = hintFor(spec, failure.syscall, failure.code ?? '');
  return new DaemonError(
    'LAUNCH_FAILED',
    `Cannot start "${spec.name}": ${what}${path === null || what.includes(path) ? '' : ` (${path})`}: ` +
      `${words} [${failure.syscall}: ${failure.code}].${hint === null ? '' : ` ${hint}`}`,
    facts,
  );
}

/** What strerror(3) says: the native message is `CODE: words, step`. */
function systemWords({ message }: StepFailure): string {
  const words = /^[A-Za-z0-9_ ]+: (.+), [^,]+$/.exec(message)?.[1] ?? message;
  return words.charAt(0).toLowerCase() + words.slice(1);
}

/** pid 0: the owner of the lock lives in another pid namespace (a container that shares the folder). */
export function alreadyRunning(name: string, pid: number, pidFile: string): DaemonError {
  const [who, where] = pid > 0 ? [`pid ${pid}`, ''] : ['in another pid namespace', ', there'];
  return new DaemonError(
    'ALREADY_RUNNING',
    `Cannot start "${name}": it is already running (${who}, locked ${pidFile}). Stop it with: daimon stop ${name}${where}`,
    { pid: pid > 0 ? pid : undefined, path: pidFile },
  );
}

const WHAT_FAILED: Readonly<Record<string, (spec: DaemonSpec) => string>> = {
  fork: () => 'no new process could be made',
  'keep-fd': (spec) =>
    `a file descriptor to keep is not open (--keep-fd ${spec.keepFds.join(' --keep-fd ')})`,
  'lock-file': (spec) => `the lock of its PID file could not be opened (${spec.pidFile}.lock)`,
  lock: (spec) => `the lock of its PID file could not be taken (${spec.pidFile}.lock)`,
  'pid-file': (spec) => `its PID file could not be written (${spec.pidFile})`,
  stdin: () => 'its standard input could not be opened',
  stdout: () => 'its standard output could not be opened',
  stderr: () => 'its standard error could not be opened',
  chroot: (spec) => `the root could not be changed to ${spec.chroot}`,
  chdir: (spec) => `the working directory could not be changed to ${spec.cwd}`,
  setrlimit: () => 'a resource limit could not be set',
  nice: (spec) => `the nice value could not be set to ${spec.nice}`,
  oom_score_adj: (spec) => `oom_score_adj could not be set to ${spec.oomScoreAdj}`,
  setgroups: () => 'the supplementary groups could not be set',
  setgid: (spec) =>
    `the group could not be changed${spec.group === null ? '' : ` to ${spec.group}`}`,
  setuid: (spec) => `the user could not be changed to ${spec.user}`,
  killed: () => 'the new process was killed before it could run its program',
  'drop-check': () => 'root could be regained after the user was changed',
  CreateProcess: (spec) => `${spec.entry} could not be executed`,
  execve: (spec) => `${spec.entry} could not be executed`,
};

function hintFor(spec: DaemonSpec, step: string, code: string): string | null {
  if (step === 'execve' && code === 'EACCES') {
    return spec.user === null
      ? `Make it executable: chmod +x ${spec.entry}`
      : `It must be executable for ${spec.user}, and every folder above it searchable`;
  }
  if (step === 'execve' && code === 'ENOEXEC') {
    return 'It is neither a program of this machine nor a script that begins with "#!"; name what runs it with --interpreter';
  }
  if (step === 'execve' && code === 'ENOENT') {
    return spec.chroot === null
      ? 'The interpreter it names after "#!", or its dynamic loader, is missing'
      : `It must be inside ${spec.chroot}, with its interpreter and libraries`;
  }
  if (step === 'CreateProcess' && code === 'ERROR_BAD_EXE_FORMAT') {
    return 'It is no program of Windows; name what runs it with --interpreter';
  }
  if (step === 'lock-file' && code === 'EPERM') {
    return 'It belongs to another user, can be written by others, or has more than one link; remove it';
  }
  if (
    (step === 'lock-file' || step === 'pid-file') &&
    (code === 'EACCES' || code === 'EROFS' || code === 'ENOENT')
  ) {
    return 'Choose a place you may write to, with --pid-file';
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'Free some space on that file system';
  if (code === 'EPERM' && ['setgroups', 'setgid', 'setuid', 'chroot'].includes(step)) {
    return 'Only root may do that; run it with sudo';
  }
  if ((code === 'EEXIST' || code === 'ELOOP') && (step === 'stdout' || step === 'stderr'))
    return 'Others may write to its folder, and what is there is a link or belongs to one of them; remove it, or choose another with --log';
  if (code === 'EPERM' && (step === 'stdout' || step === 'stderr'))
    return 'Only root may give a log to another user; run it with sudo';
  if (code === 'EACCES' && step === 'nice') return 'Only root may raise a priority';
  if (step === 'setrlimit' && code === 'EPERM') return 'Only root may raise a hard limit';
  return null;
}

/** "exited with code 7", "was ended by SIGSEGV". */
export function describeEnd(status: ExitStatus | null): string {
  if (status?.signal != null) return `was ended by ${signalName(status.signal)}`;
  if (status?.exitCode != null) return `exited with code ${status.exitCode}`;
  return 'ended (this kernel does not tell how)';
}
