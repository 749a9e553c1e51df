import { Server } from 'node:net';
import { basename, join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { DaemonError } from '../../errors.ts';
import { native } from '../../os/native.ts';
import type { PidFile } from '../../record/pid-file.ts';
import { endBySignal } from '../../request/end-by-signal.ts';
import type { ReceivedSignal } from '../../request/received-signal.ts';
import { changeDirectory, redirectHere } from './apply-here.ts';
import { claimHere, isServiceAlready } from './become-here.ts';
import { type Birth, ownBirth } from './birth.ts';
import { changeIdentity, changeRoot } from './change-identity.ts';
import { serializeArgs } from './clone-args.ts';
import {
  checkContextOptions,
  type DaemonContextOptions,
  preservedFds,
  type ResolvedContext,
  resolveContext,
} from './context-options.ts';
import { endParent } from './daemonize.ts';
import { type FdSource, fdOf } from './fd-source.ts';
import { launchSelf, ownPlaces } from './launch-self.ts';
import { readyAfterThisTurn } from './ready.ts';
import { DEFAULT_SIGNAL_MAP, installSignalMap, type SignalMap } from './signal-map.ts';

/** A preserved file in the daemon: what `new net.Socket()`, `server.listen()` and streams take. */
export interface PreservedFile {
  readonly fd: number;
}

/**
 * The context of a well-behaved daemon, as PEP 3143 has it.
 *
 * {@link open} runs the program again as the daemon and ends the caller's process; in the daemon it
 * returns with everything in place. So what stands before it runs twice, the second time detached
 * but else as the first: same directory, root and user. What is to be done once stands under
 * {@link isSetup}, and what it opened comes back by {@link preserved}.
 *
 * In the order in which it takes hold: the PID file is claimed and the standard streams are opened
 * by the user who called, outside any new root, before the program is run again; all other files but
 * the preserved are closed; core files are prevented. Then, in open(): root, working directory, umask,
 * groups, gid, uid, signals. A property set after the construction goes before the option given to it;
 * a `detachProcess` that is given goes before what is found out; a `signalMap` replaces the default one.
 *
 * @example
 * const context = new DaemonContext({ pidfile: 'web.pid', stderr: '/var/log/web.log', uid: 'www-data' })
 * if (context.isSetup) {
 *   const server = net.createServer().listen(80)
 *   await once(server, 'listening')
 *   context.filesPreserve = [server]
 * }
 * await context.open()
 * http.createServer(app).listen(context.preserved[0])
 */
export class DaemonContext {
  filesPreserve: DaemonContextOptions['filesPreserve'] = null;
  chrootDirectory: string | null = null;
  workingDirectory = '/';
  umask: number | string = 0;
  uid: number | string | null = null;
  gid: number | string | null = null;
  initgroups = false;
  preventCore = true;
  detachProcess: boolean | null = null;
  pidfile: string | PidFile | null = null;
  stdin: DaemonContextOptions['stdin'];
  stdout: DaemonContextOptions['stdout'];
  stderr: DaemonContextOptions['stderr'];
  signalMap: SignalMap | null = DEFAULT_SIGNAL_MAP;
  ready: 'auto' | 'notify' = 'auto';
  readyTimeoutMs: number | undefined;

  #isOpen = false;
  #preserved: readonly PreservedFile[] | undefined = [];
  #sources: readonly FdSource[] = [];
  #release: () => void = () => {};

  /** @throws DaemonError UNKNOWN_OPTION, INVALID_ARGUMENT; the values are checked by {@link open} */
  constructor(options: DaemonContextOptions = {}) {
    checkContextOptions(options);
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    Object.assign(this, Object.fromEntries(given));
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True in the process that was started by hand, until it is opened: the place for what is done once. */
  get isSetup(): boolean {
    return !this.#isOpen && ownBirth() === null;
  }

  /**
   * In the daemon, the files of `filesPreserve`, in their order. Where the context was opened in place,
   * the first look takes servers over: the objects that were given stop listening, these go on.
   */
  get preserved(): readonly PreservedFile[] {
    this.#preserved ??= takeOver(this.#sources);
    return this.#preserved;
  }

  /**
   * Becomes the daemon. Does nothing when the context is open.
   *
   * @throws DaemonError ALREADY_RUNNING when the PID file is held for longer than it may wait;
   *   LAUNCH_FAILED, with step, errno and path; NOT_FOUND for an unknown user or group;
   *   EXITED_EARLY; READY_TIMEOUT; UNSUPPORTED; INVALID_ARGUMENT. Whenever it throws, no daemon is left.
   */
  async open(): Promise<this> {
    if (this.#isOpen) return this;
    if (!isMainThread) {
      throw new DaemonError(
        'UNSUPPORTED',
        'DaemonContext.open() belongs on the main thread: a worker is no process of its own',
      );
    }
    const birth = ownBirth();
    const resolved = resolveContext(this, this);
    if (birth !== null) return this.#openIn(birth, resolved);
    const detaches = resolved.detach ?? !isServiceAlready();
    if (detaches) return await launch(resolved, preservedFds(this));
    return await this.#openHere(resolved);
  }

  /** Lets go of the PID file and puts the signals back. Does nothing when the context is closed. */
  async close(): Promise<void> {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#release();
  }

  /** Closes, and ends the process by the signal: through `gracefulShutdown()` if it has one, else with 128 + n. */
  async terminate(signal: ReceivedSignal): Promise<void> {
    await this.close();
    endBySignal(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #openIn(birth: Birth, resolved: ResolvedContext): this {
    birth.takeArgs();
    try {
      this.#apply(resolved);
    } catch (error) {
      birth.fail(error);
      throw error;
    }
    this.#preserved = birth.header.keptFds.map((fd) => ({ fd }));
    this.#opened(resolved, () => birth.release());
    birth.returned();
    return this;
  }

  async #openHere(resolved: ResolvedContext): Promise<this> {
    preservedFds(this); // all of them are open
    const { pidFile } = resolved;
    const claimed =
      pidFile === null ? null : await claimHere(pidFile.path, pidFile.acquireTimeoutMs);
    redirectHere(resolved.stdio);
    if (resolved.preventCore) native().forbidCore();
    this.#apply(resolved);
    this.#sources = [...(this.filesPreserve ?? [])];
    this.#preserved = undefined;
    this.#opened(resolved, () => claimed?.releaseSync());
    if (resolved.ready === 'auto') readyAfterThisTurn();
    return this;
  }

  #apply({ chroot, cwd, umask, ids }: ResolvedContext): void {
    if (chroot !== null) changeRoot(chroot);
    changeDirectory(cwd);
    process.umask(umask);
    changeIdentity(ids);
  }

  #opened({ signals }: ResolvedContext, releaseFiles: () => void): void {
    const restoreSignals = installSignalMap(signals);
    this.#release = () => {
      restoreSignals();
      releaseFiles();
    };
    this.#isOpen = true;
  }
}

const FIRST_COPY = 3;

/** As numbers of their own: one number in two handles would be one too many for the event loop. */
function takeOver(sources: readonly FdSource[]): PreservedFile[] {
  return sources.map((source, index) => {
    const fd = native().duplicateFd(fdOf(source, `filesPreserve[${index}]`), FIRST_COPY);
    if (source instanceof Server) source.close();
    return { fd };
  });
}

/** Ends with this process: the daemon is another one. */
async function launch(context: ResolvedContext, keptFds: readonly number[]): Promise<never> {
  const { pidFile } = context;
  const self = {
    pidFile: pidFile?.path ?? pidFileOfOurOwn(),
    args: serializeArgs([]),
    cwd: process.cwd(),
    umask: process.umask(),
    stdio: context.stdio,
    keptFds,
    preventCore: context.preventCore,
    stripArgs: false,
    execArgv: undefined,
    ready: context.ready,
    readyTimeoutMs: context.readyTimeoutMs,
  };
  const asLauncher = { restarts: 0, endsAfterStart: true, signal: undefined };
  for (const endMs = performance.now() + (pidFile?.acquireTimeoutMs ?? 0); ; ) {
    await pidFile?.untilFree();
    try {
      await launchSelf(self, asLauncher);
      return await endParent();
    } catch (error) {
      // Someone else was faster: wait for that one, too.
      const isTaken = error instanceof DaemonError && error.code === 'ALREADY_RUNNING';
      if (!isTaken || performance.now() >= endMs) throw error;
    }
  }
}

/** Without a PID file of its own, the daemon is known by the name of its script and the pid of its parent. */
function pidFileOfOurOwn(): string {
  const script = basename(process.argv[1] ?? 'daemon').replace(/\.[^.]+$/, '');
  return join(ownPlaces().runtime, `${script}.${process.pid}.pid`);
}
