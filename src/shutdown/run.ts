import { DaemonError } from '../errors.ts';
import { monotonicMs } from '../os/monotonic.ts';
import type { StopReason } from './notice.ts';
import {
  type Action,
  checkPhase,
  type Event,
  type HookOutcome,
  initialState,
  insertPhase,
  next,
  type State,
} from './phases.ts';

/** What a hook is told. */
export interface HookContext {
  readonly reason: StopReason;
  /** Aborts when the hook's time is over: what is still waited for is then given up. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

export type Hook = (context: HookContext) => unknown;

export interface HookOptions {
  /** When it runs. Default `close`, the last. */
  phase?: string;
  /** In milliseconds, Infinity: all the time left. Default: half of the time left when it starts. */
  timeoutMs?: number;
  /** For messages. Default: the function's name. */
  name?: string;
}

const LAST_PHASE = 'close';

/** What a run tells while it goes on. */
export interface RunObserver {
  entered(phase: string): void;
  started(name: string, phase: string, timeoutMs: number): void;
  settled(outcome: HookOutcome): void;
  /** What has not ended yet, one line each; told whenever it changes. */
  pending(lines: readonly string[]): void;
}

/** Holds the hooks and, asked to, runs them: feeds what happens to `phases.ts` and obeys it. */
export class PhaseRun {
  readonly #observer: RunObserver;
  readonly #functions = new Map<number, Hook>();
  #state: State = initialState();
  #lastId = 0;
  #reason: StopReason = new Error('stop');
  #finish: (outcomes: readonly HookOutcome[]) => void = () => {};

  constructor(observer: RunObserver) {
    this.#observer = observer;
  }

  insertPhase(name: string, place: { before: string } | { after: string }): void {
    this.#state = { ...this.#state, phases: insertPhase(this.#state.phases, name, place) };
  }

  /** The hook's way out again: call it, and the hook does not run. */
  add(hook: Hook, options: HookOptions): () => void {
    const { phase = LAST_PHASE, timeoutMs = null, name = hook.name || 'hook' } = options;
    checkPhase(this.#state.phases, phase);
    if (this.#state.kind === 'done') {
      throw new DaemonError(
        'REFUSED',
        `Cannot add "${name}": the shutdown is over, nothing would run it.`,
      );
    }
    const id = ++this.#lastId;
    this.#functions.set(id, hook);
    this.#feed({ kind: 'added', hook: { id, name, phase, timeoutMs } });
    return () => {
      this.#functions.delete(id);
      this.#feed({ kind: 'removed', id });
    };
  }

  /** Runs every hook within the time; resolves when the last has ended or was given up. */
  run(reason: StopReason, leftMs: number): Promise<readonly HookOutcome[]> {
    this.#reason = reason;
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#feed({ kind: 'begun', deadlineMs: monotonicMs() + leftMs });
    });
  }

  #feed(event: Event): void {
    const { state, actions } = next(this.#state, event, monotonicMs());
    this.#state = state;
    for (const action of actions) this.#perform(action);
    if (state.kind === 'running') this.#observer.pending(this.#pendingLines());
  }

  #perform(action: Action): void {
    switch (action.kind) {
      case 'enter':
        this.#observer.entered(action.phase);
        break;
      case 'tell':
        this.#observer.settled(action.outcome);
        break;
      case 'run':
        this.#observer.started(action.hook.name, action.hook.phase, action.timeoutMs);
        this.#runHook(action);
        break;
      case 'finish':
        this.#finish(this.#state.outcomes);
        break;
    }
  }

  #runHook({ hook: { id }, timeoutMs, giveUpMs }: Extract<Action, { kind: 'run' }>): void {
    const controller = new AbortController();
    // This timer also keeps the event loop alive: a hook may wait for something that does not.
    const timer = setTimeout(() => {
      this.#feed({ kind: 'timedOut', id });
      controller.abort(new DaemonError('STOP_TIMEOUT', `not finished within ${timeoutMs} ms`));
    }, giveUpMs);
    const context = { reason: this.#reason, signal: controller.signal, timeoutMs };
    const hook = this.#functions.get(id);
    this.#functions.delete(id);
    // In a turn of its own: a hook that throws at once is no different from one that rejects.
    Promise.resolve()
      .then(() => hook?.(context))
      .then(
        () => this.#feed({ kind: 'ended', id }),
        (error: unknown) => this.#feed({ kind: 'failed', id, error }),
      )
      .finally(() => clearTimeout(timer));
  }

  #pendingLines(): string[] {
    const { running, hooks, phases } = this.#state;
    const waiting = [...hooks].sort((a, b) => phases.indexOf(a.phase) - phases.indexOf(b.phase));
    const lines = waiting.map((hook) => `${hook.phase}: ${hook.name} (not started)`);
    if (running !== null) lines.unshift(`${running.hook.phase}: ${running.hook.name} (running)`);
    return lines;
  }
}
