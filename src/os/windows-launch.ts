import { win32 } from 'node:path';
import { isErrno } from '../errors.ts';
import { monotonicMs } from './monotonic.ts';
import { native } from './native.ts';
import type { NativeLaunched, NativeStdio } from './native-launch.ts';
import type { LaunchPlan } from './system.ts';
import { nameHolder, openClaim, windowsClaims } from './windows-claims.ts';
import { commandFor } from './windows-command-line.ts';
import { environmentBlock } from './windows-environment.ts';
import { createTree } from './windows-jobs.ts';
import { KILLED_EXIT_CODE } from './windows-process.ts';
import { replaceFile } from './windows-replace.ts';

const CREATE_SUSPENDED = 0x0000_0004;
const CREATE_NEW_PROCESS_GROUP = 0x0000_0200;
const CREATE_BREAKAWAY_FROM_JOB = 0x0100_0000;
// A console that nobody sees: without one, every console program that the daemon starts would open a window.
const CREATE_NO_WINDOW = 0x0800_0000;

const LONGEST_PASSING_MS = 5000;
const PASSING_PAUSE_MS = 2;

/** Who the step belongs to, as a failed launch tells it. */
interface StepFacts {
  syscall: string;
  path?: string;
  ownerPid?: number;
  childPid?: number;
}

/** Runs one step; its failure says which it was. */
function attempt<T>(step: string, path: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    const facts: StepFacts = { syscall: step, ...(path === undefined ? {} : { path }) };
    throw Object.assign(error, facts);
  }
}

function failure(code: string, words: string, facts: StepFacts): Error {
  return Object.assign(new Error(`${code}: ${words}, ${facts.syscall}`), { code, errno: 0 }, facts);
}

/** What is opened for a launch, and closed when it is over, however that ends. */
class Opened {
  readonly #handles: number[] = [];

  add(handle: number): number {
    this.#handles.push(handle);
    return handle;
  }

  close(): void {
    for (const handle of this.#handles) native().closeHandle(handle);
  }
}

/**
 * The new process is made, but does not run, until all that tells of it is written; before that, and
 * until it holds its own job, the end of this launcher is its end too: see windows-jobs.ts.
 */
export function launch(plan: LaunchPlan): NativeLaunched {
  const opened = new Opened();
  try {
    const claim = plan.identity === null ? null : opened.add(claimFor(plan.identity.lockFile));
    const handles = [...openStreams(plan.stdio, opened), ...plan.fds.map(toPlace)];
    const job = plan.mark === null ? 0 : createTree(plan.mark);
    // What is to end with us: we hold its job until we end.
    if (job !== 0 && !plan.dieWithParent) opened.add(job);
    const made = create(plan, job, handles);
    opened.add(made.thread);
    try {
      setNice(made, plan.nice);
      if (plan.identity !== null && claim !== null) {
        giveClaim(claim, made);
        writePidFile(plan.identity.pidFile, made.pid);
      }
      attempt('ResumeThread', undefined, () => native().resumeThread(made.thread));
      if (job !== 0 && !plan.dieWithParent) native().giveHandle(job, made.process);
    } catch (error) {
      native().terminateProcess(made.process, KILLED_EXIT_CODE);
      native().waitProcess(made.process, -1);
      native().closeHandle(made.process);
      throw Object.assign(error as Error, { childPid: made.pid });
    }
    return { pid: made.pid, pidfd: made.process };
  } finally {
    opened.close();
  }
}

interface Made {
  readonly pid: number;
  readonly process: number;
  readonly thread: number;
}

/** Somebody who only tidies up is waited for. */
function claimFor(lockFile: string): number {
  const endMs = monotonicMs() + LONGEST_PASSING_MS;
  for (;;) {
    const file = attempt('lock-file', lockFile, () => openClaim(lockFile));
    if (file !== null) return file;
    const state = windowsClaims.read(lockFile);
    if (state.kind === 'held')
      throw failure('EEXIST', 'it is held', {
        syscall: 'lock',
        path: lockFile,
        ownerPid: state.pid,
      });
    if (monotonicMs() > endMs)
      throw failure('ETIMEDOUT', 'it is held for too long', { syscall: 'lock', path: lockFile });
    native().pollReadable([], PASSING_PAUSE_MS);
  }
}

const STREAM_STEPS = ['stdin', 'stdout', 'stderr'];

function openStreams(stdio: LaunchPlan['stdio'], opened: Opened): [number, number][] {
  return stdio.flatMap((target, fd): [number, number][] => {
    const path = 'path' in target ? target.path : undefined;
    const handle = attempt(STREAM_STEPS[fd] ?? '', path, () => openStream(target, opened));
    return handle === null ? [] : [[fd, handle]];
  });
}

/** null: an fd of ours that is not open, so that there is nothing to inherit. */
function openStream(target: NativeStdio, opened: Opened): number | null {
  if ('fd' in target) return native().fdHandle(target.fd);
  const path = target.path === '/dev/null' ? '\\\\.\\NUL' : win32.toNamespacedPath(target.path);
  return opened.add(native().openStream(path, target.mode !== 'read'));
}

function toPlace([handle, number]: [number, number]): [number, number] {
  return [number, handle];
}

function create(plan: LaunchPlan, job: number, handles: [number, number][]): Made {
  const shell = process.env.ComSpec ?? 'C:\\Windows\\System32\\cmd.exe';
  const order = {
    ...commandFor(plan.file, plan.argv, shell),
    environment: environmentBlock(plan.environment, process.env),
    folder: plan.cwd,
    job,
    handles,
  };
  const leadsGroup = plan.detach || plan.ownGroup;
  const flags =
    CREATE_SUSPENDED |
    (plan.detach ? CREATE_NO_WINDOW : 0) |
    (leadsGroup ? CREATE_NEW_PROCESS_GROUP : 0);
  const make = (more: number) => native().createProcess({ ...order, flags: flags | more });
  try {
    // Out of the job of whoever calls us: a daemon that starts daemons, a task runner.
    return make(CREATE_BREAKAWAY_FROM_JOB);
  } catch (error) {
    if (!isErrno(error, 'ERROR_ACCESS_DENIED')) throw named(error, plan);
  }
  // That job does not let its processes go.
  try {
    return make(0);
  } catch (error) {
    throw named(error, plan);
  }
}

/** ERROR_DIRECTORY is said of the working directory alone. */
function named(error: unknown, { file, cwd }: LaunchPlan): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  if (isErrno(error, 'ERROR_DIRECTORY'))
    return Object.assign(error, { syscall: 'chdir', path: cwd });
  return Object.assign(error, { path: file });
}

function setNice({ process: made }: Made, nice: number | null): void {
  if (nice === null) return;
  attempt('nice', undefined, () => native().setPriority(made, priorityFor(nice)));
}

/** As os.setPriority() has it: nice values in the classes that there are. */
function priorityFor(nice: number): number {
  if (nice < -7) return 0x80; // HIGH_PRIORITY_CLASS
  if (nice < 0) return 0x8000; // ABOVE_NORMAL_PRIORITY_CLASS
  if (nice < 10) return 0x20; // NORMAL_PRIORITY_CLASS
  return nice < 19 ? 0x4000 : 0x40; // BELOW_NORMAL_PRIORITY_CLASS, IDLE_PRIORITY_CLASS
}

function giveClaim(claim: number, { pid, process: made }: Made): void {
  attempt('lock', undefined, () => {
    const handle = native().giveHandle(claim, made);
    nameHolder(claim, { pid, startTime: native().processTimes(made).created, handle });
  });
}

function writePidFile(path: string, pid: number): void {
  attempt('pid-file', path, () => replaceFile(path, `${pid}\n`, 0o644));
}
