import type {
  ChildProcess,
  ChildProcessWithoutNullStreams,
  SpawnOptionsWithoutStdio,
} from 'node:child_process';
import { EventEmitter, setMaxListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { inspect } from 'node:util';
import { isMainThread, type Worker } from 'node:worker_threads';
import { DaemonError } from '../errors.ts';
import { monotonicMs } from '../os/monotonic.ts';
import { native } from '../os/native.ts';
import { Children, type ChildStopOptions, type StoppingSpawnOptions } from './children.ts';
import { boundExit, endProcess, letProcessEnd, printFailures } from './end-process.ts';
import { StopGroup } from './group.ts';
import { StopNotice, type StopReason } from './notice.ts';
import { type GracefulShutdownOptions, planShutdown, type ShutdownPlan } from './options.ts';
import { type PoolOptions, StoppingPool, type WorkerPool } from './pools.ts';
import { type Progress, publishProgress, type ShutdownReport } from './progress.ts';
import { type Hook, type HookContext, type HookOptions, PhaseRun } from './run.ts';
import { stoppingServer } from './server-kinds.ts';
import type { Closable, ServerOptions, StoppingServer } from './servers.ts';
import { StoppingWorker, stuckWorkerError, type WorkerOptions } from './workers.ts';

// One per process, also when two copies of this module are loaded.
const INSTANCE = Symbol.for('daimon.gracefulShutdown');
const holder = globalThis as { [INSTANCE]?: GracefulShutdown };

/**
 * Makes the program stop cleanly: the first SIGTERM or SIGINT asks it to, and the phases
 * `stopAccepting → drain → stopWorkers → stopChildren → flush → close` run whatever was given to
 * them by {@link GracefulShutdown.defer}, `server`, `worker`, `pool` and `spawn`.
 *
 * What ends the process: when all has run it ends with exit code 0, at once if nobody but hooks
 * took part; when the program itself asked (`wait()`, `requested`, `signal`), its own code is left
 * to end first. After the grace period, even if the event loop is blocked, or at a second signal,
 * the process and its children are ended with 128 + the signal's number, and stderr says what was
 * still pending.
 *
 * The same object is given at every call; options given later change it. Main thread only: worker
 * threads use `daimon/worker`.
 * @throws DaemonError INVALID_ARGUMENT, UNSUPPORTED in a worker thread, NATIVE_MISSING
 */
export function gracefulShutdown(options: GracefulShutdownOptions = {}): GracefulShutdown {
  if (!isMainThread) {
    throw new DaemonError(
      'UNSUPPORTED',
      'gracefulShutdown() belongs on the main thread, where signals arrive. In a worker: import { stopping, stopped } from "daimon/worker"',
    );
  }
  const existing = holder[INSTANCE];
  existing?.configure(options);
  const shutdown = existing ?? new GracefulShutdown(options);
  holder[INSTANCE] = shutdown;
  return shutdown;
}

export class GracefulShutdown extends EventEmitter<{ progress: [Progress] }> {
  readonly #notice = new StopNotice(() => void this.#begin());
  readonly #controller = new AbortController();
  readonly #run = new PhaseRun({
    entered: (phase) => this.#tell({ kind: 'phase', phase }),
    started: (name, phase, timeoutMs) => this.#tell({ kind: 'hook', name, phase, timeoutMs }),
    settled: (outcome) => this.#tell({ kind: 'outcome', outcome }),
    pending: (lines) => native().describePending(lines.map((line) => `  ${line}`).join('\n')),
  });
  readonly #workers = new StopGroup<StoppingWorker>(this.#run, 'workers', [
    { phase: 'stopWorkers', stop: (member, context) => this.#stopWorker(member, context) },
  ]);
  readonly #pools = new StopGroup<StoppingPool>(this.#run, 'worker pools', [
    { phase: 'stopWorkers', stop: (member, context) => this.#stopWorker(member, context) },
  ]);
  readonly #servers = new StopGroup<StoppingServer>(this.#run, 'servers', [
    { phase: 'stopAccepting', stop: (member, context) => member.stopAccepting(context) },
    { phase: 'drain', stop: (member, context) => member.drain(context) },
  ]);
  readonly #children = new Children(this.#run, (child) => this.#tell({ kind: 'child', child }));
  #plan: ShutdownPlan;
  #shutdown: Promise<ShutdownReport> | undefined;
  #programAsked = false;
  #takenDown = false;
  #workerIsStuck = false;
  #wakeWaiters: () => void = () => {};
  readonly #woken = new Promise<void>((resolve) => {
    this.#wakeWaiters = resolve;
  });

  /** Use {@link gracefulShutdown}: there is one per process. */
  constructor(options: GracefulShutdownOptions) {
    super();
    setMaxListeners(0, this.#controller.signal);
    this.#plan = planShutdown(options);
    this.#arm();
    // Node compiles what an abort takes at the first one, 0.25 ms: not when a signal has come.
    setImmediate(() => new AbortController().abort());
  }

  /** Changes what the options say, keeps the rest. */
  configure(options: GracefulShutdownOptions): void {
    if (Object.keys(options).length === 0) return;
    this.#plan = planShutdown(options, this.#plan);
    if (this.#shutdown === undefined) this.#arm();
  }

  /**
   * True from the moment the signal arrived, also inside a synchronous loop that never yields:
   * the signal handler itself writes it. About 3 ns.
   */
  get requested(): boolean {
    this.#programAsked = true;
    return this.#notice.flag.raised;
  }

  /** The signal received, or what {@link request} was given; null before. */
  get reason(): StopReason | null {
    return this.#notice.reason;
  }

  /** Aborts with {@link reason}, as soon as the event loop is free. */
  get signal(): AbortSignal {
    this.#programAsked = true;
    return this.#controller.signal;
  }

  /** Sleeps, and keeps the program alive, until it is asked to stop. No CPU time, no wake-ups. */
  async wait(): Promise<StopReason> {
    this.#programAsked = true;
    // Holds the event loop without a timer; in Deno, a message port would not.
    native().watchReadable(native().stopFd(), () => void this.#begin());
    await this.#woken;
    return this.#notice.reason ?? new Error('stop');
  }

  /** Stops from inside, as a signal would. Resolves when all phases have run. */
  request(reason: Error | string = 'the program asked itself to stop'): Promise<ShutdownReport> {
    this.#notice.request(typeof reason === 'string' ? new Error(reason) : reason);
    return this.#begin();
  }

  /**
   * Runs `hook` before the end: in its phase, the last given first. It is waited for as long as
   * its time allows; when it throws or takes too long, the others still run and stderr tells.
   * Given while stopping, it runs in its phase, or next if that has passed. Call what is returned
   * to take it back.
   * @throws DaemonError INVALID_ARGUMENT for an unknown phase; REFUSED when the shutdown is over
   */
  defer(hook: Hook, options: HookOptions = {}): () => void {
    return this.#run.add(hook, options);
  }

  /**
   * Adds a phase of the program's own right before or after another.
   * @throws DaemonError INVALID_ARGUMENT when the neighbour is unknown or the name is taken
   */
  phase(name: string, place: { before: string } | { after: string }): void {
    this.#run.insertPhase(name, place);
  }

  /**
   * The worker is told at once (`daimon/worker`), given its time so that its `finally` runs, then
   * terminated. One that is stuck in a native call does not hold the end.
   */
  worker<W extends Worker>(worker: W, options: WorkerOptions = {}): W {
    const member = new StoppingWorker(worker, options, () => this.#notice.flag.raised);
    this.#workers.add(member);
    void member.ended.then(() => this.#workers.members.delete(member));
    return worker;
  }

  /** A piscina or tinypool pool: its tasks are finished within `graceMs`, then its threads ended. */
  pool<P extends WorkerPool>(pool: P, options: PoolOptions = {}): P {
    this.#pools.add(new StoppingPool(pool, options));
    return pool;
  }

  /**
   * Stops serving without dropping a request: accepts no more (after `delayMs`), answers what is in
   * flight with `Connection: close`, closes keep-alive connections as they become idle, then ends
   * upgraded sockets. For http, https, http2, net and tls servers, a `ws` server, Fastify, and
   * anything with `close`. What is not done within `graceMs` is cut off and reported.
   */
  server<S extends Closable>(server: S, options: ServerOptions = {}): S {
    this.#servers.add(stoppingServer(server, options));
    return server;
  }

  /**
   * As `child_process.spawn`, with its options. The child leads a process group and a session of its
   * own, and ends with the program: stop signal, grace, SIGKILL for its whole tree, also for what
   * left the group or its parents. It goes, too, when this process is killed. What it still has to
   * say is read to the end; how it ended is told as progress.
   * @throws DaemonError REFUSED when the shutdown is over
   */
  spawn(
    command: string,
    args?: readonly string[],
    options?: SpawnOptionsWithoutStdio & ChildStopOptions,
  ): ChildProcessWithoutNullStreams;
  spawn(
    command: string,
    options: SpawnOptionsWithoutStdio & ChildStopOptions,
  ): ChildProcessWithoutNullStreams;
  spawn(command: string, args: readonly string[], options: StoppingSpawnOptions): ChildProcess;
  spawn(command: string, options: StoppingSpawnOptions): ChildProcess;
  spawn(
    command: string,
    second: readonly string[] | StoppingSpawnOptions = [],
    third: StoppingSpawnOptions = {},
  ): ChildProcess {
    const [args, options] = isList(second) ? [second, third] : [[], second];
    return this.#children.spawn(command, args, options);
  }

  /** Runs the phases, unless they ran, and puts back every handler that was there before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#takenDown = true;
    await this.request('the scope of gracefulShutdown() ended');
    process.off('uncaughtException', this.#onUncaught);
    this.#notice.disarm();
    if (holder[INSTANCE] === this) delete holder[INSTANCE];
  }

  #arm(): void {
    this.#notice.arm(this.#plan);
    process.off('uncaughtException', this.#onUncaught);
    if (this.#plan.uncaughtErrors === 'shutdown') process.on('uncaughtException', this.#onUncaught);
  }

  readonly #onUncaught = (error: Error): void => {
    process.stderr.write(`${inspect(error)}\n`);
    process.exitCode = 1;
    void this.request(error instanceof Error ? error : new Error(inspect(error)));
  };

  #begin(): Promise<ShutdownReport> {
    this.#shutdown ??= this.#runPhases();
    return this.#shutdown;
  }

  async #runPhases(): Promise<ShutdownReport> {
    const startedMs = monotonicMs();
    const leftMs = this.#plan.graceMs - native().noteStop();
    const reason = this.#notice.reason ?? new Error('stop');
    this.#controller.abort(reason);
    this.#wakeWaiters();
    // Whoever waits goes first; the phases take their time anyway.
    await nextTurn();
    this.#tell({ kind: 'requested', reason, graceMs: this.#plan.graceMs });
    const outcomes = await this.#run.run(reason, leftMs);
    const elapsedMs = monotonicMs() - startedMs;
    const failures = outcomes.filter((outcome) => outcome.kind !== 'done');
    const report = { reason, elapsedMs, outcomes, failures };
    this.#tell({ kind: 'finished', report });
    printFailures(report);
    if (!this.#takenDown) this.#end(report, leftMs - elapsedMs);
    return report;
  }

  #end(report: ShutdownReport, leftMs: number): void {
    const exitCode = report.failures.length > 0 ? 1 : this.#plan.exitCode(report.reason);
    if (this.#workerIsStuck) boundExit(exitCode);
    if (this.#programAsked) letProcessEnd(exitCode, leftMs);
    else endProcess(exitCode);
  }

  async #stopWorker(member: StoppingWorker | StoppingPool, context: HookContext): Promise<void> {
    if (await member.stop(context)) return;
    this.#workerIsStuck = true;
    throw stuckWorkerError();
  }

  #tell(progress: Progress): void {
    publishProgress(progress);
    try {
      this.emit('progress', progress);
    } catch (error) {
      // Whoever prints the progress must not be able to break it.
      process.emitWarning(`a progress listener of gracefulShutdown() failed: ${inspect(error)}`);
    }
  }
}

function isList(value: readonly string[] | StoppingSpawnOptions): value is readonly string[] {
  return Array.isArray(value);
}
