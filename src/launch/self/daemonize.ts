import { isMainThread } from 'node:worker_threads';
import { DaemonError } from '../../errors.ts';
import { becomeHere, isServiceAlready } from './become-here.ts';
import { calledTwice, ownBirth } from './birth.ts';
import { serializeArgs } from './clone-args.ts';
import {
  checkDaemonizeOptions,
  checkPidFilePath,
  type DaemonizeOptions,
} from './daemonize-options.ts';
import { launchSelf } from './launch-self.ts';

/** What `daemonize` gives where the parent goes on too. */
export type Daemonized<Args extends readonly unknown[]> =
  | { readonly isParent: true; readonly args: null /** The daemon's. */; readonly pid: number }
  | { readonly isParent: false; readonly args: Args; readonly pid: number };

/**
 * Makes the program a daemon: it is run again, detached from the terminal, and there the call returns
 * the arguments it was given; the caller's process ends once the daemon is ready. Everything before
 * the call runs twice, once in each process; what it made is to be handed over in `args`, or kept
 * open by `keepFds`.
 *
 * Arguments cross by structured clone (Map, Set, Date, BigInt, typed arrays, cycles). The daemon
 * claims the PID file for as long as it lives, and `daimon list`, `status`, `stop` and `restart` know
 * it by the file's base name. When it ends in an orderly way, the file goes with it.
 *
 * Under a service manager or in a container nothing detaches: the call returns here, with a copy of
 * the arguments, after the working directory, the umask, the streams that were given and the PID file
 * are in place.
 *
 * @throws DaemonError ALREADY_RUNNING, with the `pid`; EXITED_EARLY, with the last it wrote;
 *   READY_TIMEOUT; LAUNCH_FAILED, with step, errno and path; NOT_CLONEABLE, with the path of the value;
 *   UNSUPPORTED from a worker thread or the REPL; INVALID_ARGUMENT; UNKNOWN_OPTION; UNSAFE_FILE.
 *   Whenever it throws, no daemon is left.
 */
export function daemonize<const Args extends readonly unknown[] = []>(
  pidFile: string | URL,
  args: Args | undefined,
  options: DaemonizeOptions & { exitParent: false },
): Promise<Daemonized<Args>>;
export function daemonize<const Args extends readonly unknown[] = []>(
  pidFile: string | URL,
  args?: Args,
  options?: DaemonizeOptions & { exitParent?: true | undefined },
): Promise<Args>;
export async function daemonize(
  pidFile: string | URL,
  args: readonly unknown[] = [],
  options: DaemonizeOptions = {},
): Promise<unknown> {
  const outcome = await becomeDaemon(pidFile, args, options, 'daemonize()');
  if (options.exitParent === false) return outcome;
  return outcome.isParent ? await endParent() : outcome.args;
}

// One per process, also when two copies of this module are loaded.
const CALLED = Symbol.for('daimon.daemonized');
const holder = globalThis as { [CALLED]?: true };

/** The step itself: in the parent, in the daemon, or here where nothing detaches. */
export async function becomeDaemon(
  pidFile: string | URL,
  args: readonly unknown[],
  options: DaemonizeOptions,
  owner: string,
): Promise<Daemonized<readonly unknown[]>> {
  if (!isMainThread) {
    throw new DaemonError(
      'UNSUPPORTED',
      `${owner} belongs on the main thread: a worker is no process of its own. Call it before the workers start`,
    );
  }
  const birth = ownBirth();
  if (birth !== null) {
    const given = birth.takeArgs();
    birth.returned();
    return { isParent: false, args: given, pid: process.pid };
  }
  if (holder[CALLED]) throw calledTwice();
  if (!Array.isArray(args)) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `${owner} takes the daemon's arguments as an array, for example [config, 8080]`,
    );
  }
  const path = checkPidFilePath(pidFile, owner);
  const checked = checkDaemonizeOptions(options, owner);
  const bytes = serializeArgs(args);
  if (checked.detach === false || (checked.detach === 'auto' && isServiceAlready())) {
    const copy = await becomeHere(path, bytes, checked);
    holder[CALLED] = true;
    return { isParent: false, args: copy, pid: process.pid };
  }
  const { ref } = await launchSelf(
    {
      ...checked,
      pidFile: path,
      args: bytes,
      cwd: checked.cwd ?? process.cwd(),
      preventCore: true,
    },
    { restarts: 0, endsAfterStart: checked.exitParent, signal: checked.signal },
  );
  holder[CALLED] = true;
  return { isParent: true, args: null, pid: ref.pid };
}

/** The parent's part is done. Whoever waits for this waits until the end of the process. */
export function endParent(): Promise<never> {
  process.exit();
}
