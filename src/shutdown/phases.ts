import { DaemonError } from '../errors.ts';

/** The order in which a program stops. Own phases are put in between by {@link insertPhase}. */
export const PHASES: readonly string[] = [
  'stopAccepting',
  'drain',
  'stopWorkers',
  'stopChildren',
  'flush',
  'close',
];

/** Something to do before the end. */
export interface HookPlan {
  readonly id: number;
  readonly name: string;
  readonly phase: string;
  /** null: half of the time that is left when it starts. */
  readonly timeoutMs: number | null;
}

export type HookOutcome = {
  readonly name: string;
  readonly phase: string;
  readonly elapsedMs: number;
} & (
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'timedOut'; readonly timeoutMs: number }
);

export interface RunningHook {
  readonly hook: HookPlan;
  readonly startedMs: number;
  readonly timeoutMs: number;
}

export interface State {
  readonly kind: 'waiting' | 'running' | 'done';
  readonly phases: readonly string[];
  /** Index into `phases` while running. */
  readonly current: number;
  /** Not yet started, in the order they were added. */
  readonly hooks: readonly HookPlan[];
  readonly running: RunningHook | null;
  readonly deadlineMs: number;
  readonly outcomes: readonly HookOutcome[];
}

export type Event =
  | { readonly kind: 'added'; readonly hook: HookPlan }
  | { readonly kind: 'removed'; readonly id: number }
  | { readonly kind: 'begun'; readonly deadlineMs: number }
  | { readonly kind: 'ended'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly error: unknown }
  | { readonly kind: 'timedOut'; readonly id: number };

export type Action =
  | { readonly kind: 'enter'; readonly phase: string }
  | {
      readonly kind: 'run';
      readonly hook: HookPlan;
      readonly timeoutMs: number;
      /** When to give it up: with all the time there is, only after the deadline has had its turn. */
      readonly giveUpMs: number;
    }
  | { readonly kind: 'tell'; readonly outcome: HookOutcome }
  | { readonly kind: 'finish' };

export interface Step {
  readonly state: State;
  readonly actions: readonly Action[];
}

export function initialState(): State {
  return {
    kind: 'waiting',
    phases: PHASES,
    current: -1,
    hooks: [],
    running: null,
    deadlineMs: 0,
    outcomes: [],
  };
}

/**
 * The order with one phase more, right before or after a known one.
 * @throws DaemonError INVALID_ARGUMENT for an unknown neighbour or a name that exists elsewhere.
 */
export function insertPhase(
  phases: readonly string[],
  name: string,
  place: { readonly before: string } | { readonly after: string },
): readonly string[] {
  const neighbour = 'before' in place ? place.before : place.after;
  const at = checkPhase(phases, neighbour) + ('before' in place ? 0 : 1);
  if (phases.includes(name)) {
    throw new DaemonError('INVALID_ARGUMENT', `There already is a phase "${name}".`);
  }
  return [...phases.slice(0, at), name, ...phases.slice(at)];
}

/** @throws DaemonError INVALID_ARGUMENT when there is no such phase. */
export function checkPhase(phases: readonly string[], name: string): number {
  const index = phases.indexOf(name);
  if (index >= 0) return index;
  throw new DaemonError(
    'INVALID_ARGUMENT',
    `There is no phase "${name}". The phases are: ${phases.join(', ')}. Add one with: stop.phase("${name}", { after: "drain" })`,
  );
}

/** What follows from an event: no clock, no process, no promise. */
export function next(state: State, event: Event, nowMs: number): Step {
  switch (event.kind) {
    case 'added': {
      const added = { ...state, hooks: [...state.hooks, event.hook] };
      return { state: added, actions: [] };
    }
    case 'removed': {
      const hooks = state.hooks.filter((hook) => hook.id !== event.id);
      return { state: { ...state, hooks }, actions: [] };
    }
    case 'begun':
      if (state.kind !== 'waiting') return { state, actions: [] };
      return advance({ ...state, kind: 'running', deadlineMs: event.deadlineMs }, nowMs);
    case 'ended':
    case 'failed':
    case 'timedOut':
      return settle(state, event, nowMs);
  }
}

type Settled = Extract<Event, { kind: 'ended' | 'failed' | 'timedOut' }>;

function settle(state: State, event: Settled, nowMs: number): Step {
  // A hook that was given up may still end: that changes nothing any more.
  if (state.running?.hook.id !== event.id) return { state, actions: [] };
  const outcome = outcomeOf(state.running, event, nowMs);
  const settled = { ...state, running: null, outcomes: [...state.outcomes, outcome] };
  const step = advance(settled, nowMs);
  return { state: step.state, actions: [{ kind: 'tell', outcome }, ...step.actions] };
}

function outcomeOf(
  { hook, startedMs, timeoutMs }: RunningHook,
  event: Settled,
  nowMs: number,
): HookOutcome {
  const facts = { name: hook.name, phase: hook.phase, elapsedMs: nowMs - startedMs };
  switch (event.kind) {
    case 'ended':
      return { ...facts, kind: 'done' };
    case 'failed':
      return { ...facts, kind: 'failed', error: event.error };
    case 'timedOut':
      return { ...facts, kind: 'timedOut', timeoutMs };
  }
}

const AFTER_DEADLINE_MS = 1000;

/** Starts the next hook: of this phase, or of one already passed (added late), the newest first. */
function advance(state: State, nowMs: number): Step {
  const actions: Action[] = [];
  for (let current = Math.max(state.current, 0); current < state.phases.length; current++) {
    const due = state.hooks.findLast((hook) => state.phases.indexOf(hook.phase) <= current);
    if (due === undefined) continue;
    const phase = state.phases[current];
    if (current !== state.current && phase !== undefined) actions.push({ kind: 'enter', phase });
    const leftMs = Math.max(state.deadlineMs - nowMs, 0);
    const timeoutMs = timeLimit(due, leftMs);
    const giveUpMs = timeoutMs < leftMs ? timeoutMs : timeoutMs + AFTER_DEADLINE_MS;
    actions.push({ kind: 'run', hook: due, timeoutMs, giveUpMs });
    const hooks = state.hooks.filter((hook) => hook !== due);
    const running = { hook: due, startedMs: nowMs, timeoutMs };
    return { state: { ...state, current, hooks, running }, actions };
  }
  actions.push({ kind: 'finish' });
  return { state: { ...state, kind: 'done' }, actions };
}

/** Half of what is left, so that a hook that hangs never takes the time of those behind it. */
function timeLimit(hook: HookPlan, leftMs: number): number {
  return Math.ceil(hook.timeoutMs === null ? leftMs / 2 : Math.min(hook.timeoutMs, leftMs));
}
