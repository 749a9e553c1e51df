import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { system } from '../os/index.ts';
import { signalName } from '../os/signals.ts';
import { stopListening } from '../os/stop-listening.ts';
import type { ChildFamily } from '../os/system.ts';
import type { ProcessRef } from '../process-ref.ts';
import { type SignalLike, signalNumber } from '../request/received-signal.ts';
import { memberTimeMs, settleAll } from './group.ts';
import { checkMs } from './options.ts';
import type { ChildEnd } from './progress.ts';
import type { HookContext, PhaseRun } from './run.ts';
import { stopTree } from './stop-tree.ts';
import type { TreeScope } from './tree.ts';

/** How a child of `stop.spawn` stops; the rest are the options of `child_process.spawn`. */
export interface ChildStopOptions {
  /** From the stop signal to SIGKILL, in milliseconds. Default: half of what is left. */
  graceMs?: number;
  /** Default SIGTERM. */
  stopSignal?: SignalLike;
  /** Signals of this process that are passed on to the child while it lives. */
  forward?: readonly SignalLike[];
}

export type StoppingSpawnOptions = SpawnOptions & ChildStopOptions;

interface ChildPlan {
  readonly command: string;
  readonly graceMs: number | undefined;
  readonly stopSignalNumber: number;
}

/** A child, its tree, and how both are to be stopped. */
class StoppingChild {
  /** Ended, and all its output read. */
  readonly ended: Promise<void>;
  readonly #process: ChildProcess;
  readonly #scope: TreeScope;
  readonly #plan: ChildPlan;

  constructor(process: ChildProcess, scope: TreeScope, plan: ChildPlan) {
    this.#process = process;
    this.#scope = scope;
    this.#plan = plan;
    this.ended = new Promise((resolve) => process.once('close', () => resolve()));
  }

  get mark(): string | null {
    return this.#scope.mark;
  }

  /** Ends the whole tree, lets the output run out, tells how the child ended. */
  async stop(context: HookContext): Promise<ChildEnd> {
    const { command, graceMs, stopSignalNumber } = this.#plan;
    // Nobody reads it any more? Then it must not keep the child from writing its last.
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream?.readableFlowing === null) stream.resume();
    }
    const { killed } = await stopTree(this.#scope, {
      stopSignal: stopSignalNumber,
      graceMs: memberTimeMs(graceMs, context),
      hurry: () => context.signal,
    });
    await this.ended;
    const { pid = 0, exitCode, signalCode: signal } = this.#process;
    return { command, pid, exitCode, signal, killed: killed.length > 0 };
  }
}

/** All children of the program, and the one hook that stops them. */
export class Children {
  readonly #run: PhaseRun;
  readonly #told: (end: ChildEnd) => void;
  readonly #members = new Set<StoppingChild>();
  #family: ChildFamily | undefined;
  #hookWaits = false;

  constructor(run: PhaseRun, told: (end: ChildEnd) => void) {
    this.#run = run;
    this.#told = told;
  }

  spawn(command: string, args: readonly string[], options: StoppingSpawnOptions): ChildProcess {
    const { graceMs, stopSignal = 'SIGTERM', forward = [], ...spawnOptions } = options;
    const stopSignalNumber = signalNumber(stopSignal);
    const forwarded = forward.map(signalNumber);
    if (graceMs !== undefined) checkMs('graceMs', graceMs);
    this.#enlist();
    this.#family ??= system().openFamily();
    const { child, mark } = this.#family.spawn(() =>
      spawn(command, args, { ...spawnOptions, detached: true }),
    );
    // Not started: the child emits `error`, as always.
    if (child.pid === undefined) return child;
    const root = system().readProcess(child.pid)?.ref ?? null;
    forwardSignals(child, root, forwarded);
    const member = new StoppingChild(child, { root, mark }, { command, graceMs, stopSignalNumber });
    this.#members.add(member);
    // What it leaves behind is found by its mark.
    void member.ended.then(() => this.#members.delete(member));
    return child;
  }

  #enlist(): void {
    if (this.#hookWaits) return;
    const options = {
      phase: 'stopChildren',
      name: 'children',
      timeoutMs: Number.POSITIVE_INFINITY,
    };
    this.#run.add((context) => this.#stopAll(context), options);
    this.#hookWaits = true;
  }

  async #stopAll(context: HookContext): Promise<void> {
    this.#hookWaits = false;
    const members = [...this.#members];
    const stops = members.map(async (member) => this.#told(await member.stop(context)));
    const orphans = this.#stopOrphans(new Set(members.map(({ mark }) => mark)), context);
    await settleAll([...stops, orphans]);
    if (this.#members.size === 0) this.#family?.rest();
  }

  /** Trees whose root has ended before. */
  async #stopOrphans(known: ReadonlySet<string | null>, context: HookContext): Promise<void> {
    const marks = this.#family?.livingTrees() ?? [];
    const graceMs = memberTimeMs(undefined, context);
    const options = { stopSignal: signalNumber('SIGTERM'), graceMs, hurry: () => context.signal };
    const orphaned = marks.filter((mark) => !known.has(mark));
    await Promise.all(orphaned.map((mark) => stopTree({ root: null, mark }, options)));
  }
}

function forwardSignals(
  child: ChildProcess,
  root: ProcessRef | null,
  signals: readonly number[],
): void {
  for (const number of signals) {
    const name = signalName(number) as NodeJS.Signals;
    const pass = () => {
      const handle = root === null ? null : system().openProcess(root);
      handle?.signal(number); // refused: it has become another user
      handle?.close();
    };
    process.on(name, pass);
    child.once('exit', () => stopListening(name, pass));
  }
}
