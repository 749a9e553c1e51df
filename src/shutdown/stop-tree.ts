import { system } from '../os/index.ts';
import { jobSignals } from '../os/job-signals.ts';
import { monotonicMs } from '../os/monotonic.ts';
import type { Delivery, ExitStatus, ProcessHandle } from '../os/system.ts';
import type { ProcessRef } from '../process-ref.ts';
import { type TreeScope, TreeSearch } from './tree.ts';

/** What a tree stop tells while it goes on. */
export type StopEvent =
  | { kind: 'signalled'; pid: number; signalNumber: number }
  /** It does not listen for signals: nobody could ask it. Windows. */
  | { kind: 'unheard'; pid: number }
  | { kind: 'killing'; pids: readonly number[] };

export interface StopTreeOptions {
  /** Sent to the root first, then to what is left of the tree. */
  readonly stopSignal: number;
  /** From the first signal until SIGKILL. */
  readonly graceMs: number;
  readonly onEvent?: (event: StopEvent) => void;
  /** Aborted: no more grace, SIGKILL now. Asked for only when there is something to wait for. */
  readonly hurry?: () => AbortSignal;
  /**
   * For callers with nothing else to do: block the thread this long for the root's end, before the
   * event loop, whose first timer and watch take 2 ms to set up. Default 0.
   */
  readonly blockingMs?: number;
}

/** The time until SIGKILL. The signal is made only for those who have to wait. */
class Grace {
  readonly #endMs: number;
  readonly #hurry: (() => AbortSignal) | undefined;
  #signal: AbortSignal | undefined;

  constructor({ graceMs, hurry }: StopTreeOptions) {
    this.#endMs = monotonicMs() + graceMs;
    this.#hurry = hurry;
  }

  get leftMs(): number {
    return Math.max(0, Math.ceil(this.#endMs - monotonicMs()));
  }

  get isOver(): boolean {
    return this.leftMs === 0 || this.#signal?.aborted === true;
  }

  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const timeout = AbortSignal.timeout(this.leftMs);
      this.#signal =
        this.#hurry === undefined ? timeout : AbortSignal.any([timeout, this.#hurry()]);
    }
    return this.#signal;
  }
}

export interface KilledProcess {
  readonly pid: number;
  readonly comm: string;
}

export interface StopTreeResult {
  /** How the root ended; null where the kernel does not tell, or there was no root left. */
  readonly status: ExitStatus | null;
  /** The root does not listen for signals, so that it was not asked. Windows. */
  readonly unheard: boolean;
  /** Who had to be ended by SIGKILL. */
  readonly killed: readonly KilledProcess[];
  /** Who is still there: held in the kernel (state D), or not ours to signal. */
  readonly survivors: readonly KilledProcess[];
}

const NOBODY: Pick<StopTreeResult, 'killed' | 'survivors'> = { killed: [], survivors: [] };
const SIGKILL = 9;
// A killed process goes at once, unless the kernel holds it in a call it cannot leave.
const KILL_WAIT_MS = 5000;
// One scan may miss who was just being forked; pids that start again from the bottom hide one scan.
const QUIET_ROUNDS = 2;
const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 50;
const FIRST_ASKING_PAUSE_MS = 20;

/**
 * Ends a process and everything that descends from it: the stop signal to the root, then to what is
 * left, then SIGKILL until nothing is. A stopped process is continued: it keeps SIGTERM pending
 * until then (signal(7)). Waits without polling.
 * Throws EPERM when the root is not the caller's to signal; others that are not become survivors.
 */
export async function stopTree(
  scope: TreeScope,
  options: StopTreeOptions,
): Promise<StopTreeResult> {
  const grace = new Grace(options);
  const root = scope.root === null ? null : system().openProcess(scope.root);
  const tree = new TreeSearch(scope);
  const hold = scope.mark === null ? null : system().holdTree(scope.mark);
  let unheard = false;
  try {
    if (root !== null) {
      if (scope.mark === null) tree.find();
      const delivery = ask(root, options);
      if (delivery.kind === 'refused') throw delivery.cause;
      unheard = delivery.kind === 'unheard';
      const blockingMs = Math.min(options.blockingMs ?? 0, grace.leftMs);
      if (!root.waitSync(blockingMs)) {
        if (unheard) unheard = await askUntilHeard(root, options, grace);
        await outcome(root.exited(grace.signal), grace.signal);
      }
    }
    const isGone = await askTheRest(tree, options, grace);
    const { killed, survivors } = isGone ? NOBODY : await killTree(tree, options);
    const status = root?.hasExited() ? root.exitStatus() : null;
    return { status, unheard, killed, survivors };
  } finally {
    hold?.close();
    root?.close();
  }
}

function ask(handle: ProcessHandle, options: StopTreeOptions): Delivery {
  const delivery = handle.signal(options.stopSignal);
  handle.signal(jobSignals().SIGCONT);
  if (delivery.kind === 'delivered')
    options.onEvent?.({ kind: 'signalled', pid: handle.ref.pid, signalNumber: options.stopSignal });
  if (delivery.kind === 'unheard') options.onEvent?.({ kind: 'unheard', pid: handle.ref.pid });
  return delivery;
}

/** It may be about to listen: asked again after ever longer pauses. True when it did not within the time. */
async function askUntilHeard(
  root: ProcessHandle,
  options: StopTreeOptions,
  grace: Grace,
): Promise<boolean> {
  for (let pauseMs = FIRST_ASKING_PAUSE_MS; !root.hasExited() && !grace.isOver; pauseMs *= 2) {
    const pause = AbortSignal.any([grace.signal, AbortSignal.timeout(pauseMs)]);
    await outcome(root.exited(pause), pause);
    if (!root.hasExited() && ask(root, options).kind !== 'unheard') return false;
  }
  return !root.hasExited();
}

/** True when nothing is left; false when the time was up first. */
async function askTheRest(
  tree: TreeSearch,
  options: StopTreeOptions,
  grace: Grace,
): Promise<boolean> {
  const asked = new Set<string>();
  let pauseMs = FIRST_PAUSE_MS;
  for (;;) {
    const { members, isWhole } = tree.find();
    if (members.length === 0 && isWhole) return true;
    const handles = openAll(members);
    try {
      if (grace.isOver) return false;
      for (const handle of handles) {
        const key = `${handle.ref.pid} ${handle.ref.startTime}`;
        if (!asked.has(key) && handle.ref.pid !== tree.scope.root?.pid) ask(handle, options);
        asked.add(key);
      }
      await outcome(
        Promise.all(handles.map((handle) => handle.exited(grace.signal))),
        grace.signal,
      );
      if (isWhole) continue;
      // Gone before it could be held fast: what forks and exits without end is left to SIGKILL.
      await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, grace.leftMs)));
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    } finally {
      for (const handle of handles) handle.close();
    }
  }
}

async function killTree(
  tree: TreeSearch,
  options: StopTreeOptions,
): Promise<Pick<StopTreeResult, 'killed' | 'survivors'>> {
  const killed = new Map<number, string>();
  const endMs = monotonicMs() + KILL_WAIT_MS;
  for (let quietRounds = 0; quietRounds < QUIET_ROUNDS && monotonicMs() < endMs; ) {
    const { members } = tree.find();
    const { mark } = tree.scope;
    const marked = mark === null ? [] : system().killMarked(mark);
    const found = [...members.map(({ ref, comm }) => ({ pid: ref.pid, comm })), ...marked];
    if (killed.size === 0)
      options.onEvent?.({ kind: 'killing', pids: found.map(({ pid }) => pid) });
    for (const { pid, comm } of found) if (comm !== '?' || !killed.has(pid)) killed.set(pid, comm);
    quietRounds = found.length === 0 ? quietRounds + 1 : 0;
    if (!(await killAll(members.map(({ ref }) => ref)))) break;
  }
  const left = tree.find().members.map(({ ref, comm }) => ({ pid: ref.pid, comm }));
  const survivors = new Set(left.map(({ pid }) => pid));
  return { killed: listed(killed).filter(({ pid }) => !survivors.has(pid)), survivors: left };
}

/** False when some of them did not go. */
async function killAll(refs: readonly ProcessRef[]): Promise<boolean> {
  const handles = openAll(refs.map((ref) => ({ ref })));
  try {
    const reached = handles.filter((handle) => handle.signal(SIGKILL).kind !== 'refused');
    const timeout = AbortSignal.timeout(KILL_WAIT_MS);
    await outcome(Promise.all(reached.map((handle) => handle.exited(timeout))), timeout);
    return handles.every((handle) => handle.hasExited());
  } finally {
    for (const handle of handles) handle.close();
  }
}

function openAll(members: readonly { ref: ProcessRef }[]): ProcessHandle[] {
  return members
    .map(({ ref }) => system().openProcess(ref))
    .filter((handle): handle is ProcessHandle => handle !== null);
}

function listed(found: ReadonlyMap<number, string>): KilledProcess[] {
  return [...found].map(([pid, comm]) => ({ pid, comm }));
}

/** Done or out of time: both are answers here, whatever reason the limit was given. */
async function outcome(wait: Promise<unknown>, limit: AbortSignal): Promise<void> {
  await wait.catch((reason: unknown) => {
    if (reason !== limit.reason) throw reason;
  });
}
