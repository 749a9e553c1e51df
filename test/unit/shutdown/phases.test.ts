import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Event,
  type HookPlan,
  initialState,
  insertPhase,
  next,
  PHASES,
  type State,
} from '../../../src/shutdown/phases.ts';

const hook = (id: number, phase: string, timeoutMs: number | null = null): Event => ({
  kind: 'added',
  hook: { id, name: `hook ${id}`, phase, timeoutMs },
});

/** Feeds events at their times; returns what was done, briefly, and the state. */
function play(events: readonly (readonly [number, Event])[]): { done: string[]; state: State } {
  let state = initialState();
  const done: string[] = [];
  for (const [nowMs, event] of events) {
    const step = next(state, event, nowMs);
    state = step.state;
    for (const action of step.actions) {
      if (action.kind === 'enter') done.push(`enter ${action.phase}`);
      if (action.kind === 'run') done.push(`run ${action.hook.id} for ${action.timeoutMs}`);
      if (action.kind === 'tell') done.push(`${action.outcome.kind} ${action.outcome.name}`);
      if (action.kind === 'finish') done.push('finish');
    }
  }
  return { done, state };
}

describe('next()', () => {
  it('finishes at once when there is nothing to do', () => {
    assert.deepEqual(play([[0, { kind: 'begun', deadlineMs: 100 }]]).done, ['finish']);
  });

  it('goes through the phases in order, the last hook given first, one at a time', () => {
    const { done } = play([
      [0, hook(1, 'close')],
      [0, hook(2, 'drain')],
      [0, hook(3, 'close')],
      [0, { kind: 'begun', deadlineMs: 800 }],
      [400, { kind: 'ended', id: 2 }],
      [600, { kind: 'ended', id: 3 }],
      [600, { kind: 'ended', id: 1 }],
    ]);
    assert.deepEqual(done, [
      'enter drain',
      'run 2 for 400',
      'done hook 2',
      'enter close',
      'run 3 for 200',
      'done hook 3',
      'run 1 for 100',
      'done hook 1',
      'finish',
    ]);
  });

  it('goes on after a failure and after a timeout, and remembers both', () => {
    const { done, state } = play([
      [0, hook(1, 'close')],
      [0, hook(2, 'drain', 50)],
      [0, { kind: 'begun', deadlineMs: 1000 }],
      [50, { kind: 'timedOut', id: 2 }],
      [60, { kind: 'failed', id: 1, error: 'broken' }],
    ]);
    assert.deepEqual(done.slice(2), [
      'timedOut hook 2',
      'enter close',
      'run 1 for 475',
      'failed hook 1',
      'finish',
    ]);
    assert.deepEqual(
      state.outcomes.map(({ kind, elapsedMs }) => [kind, elapsedMs]),
      [
        ['timedOut', 50],
        ['failed', 10],
      ],
    );
  });

  it('ignores a hook that ends after it was given up', () => {
    const { done } = play([
      [0, hook(1, 'close')],
      [0, hook(2, 'drain', 50)],
      [0, { kind: 'begun', deadlineMs: 1000 }],
      [50, { kind: 'timedOut', id: 2 }],
      [55, { kind: 'ended', id: 2 }],
    ]);
    assert.equal(done.at(-1), 'run 1 for 475');
  });

  it('runs a hook given late: in its phase, or next when that has passed', () => {
    const { done } = play([
      [0, hook(1, 'stopWorkers')],
      [0, { kind: 'begun', deadlineMs: 800 }],
      [0, hook(2, 'close')],
      [0, hook(3, 'stopAccepting')],
      [0, { kind: 'ended', id: 1 }],
      [0, { kind: 'ended', id: 3 }],
    ]);
    assert.deepEqual(done.slice(2), [
      'done hook 1',
      'run 3 for 400',
      'done hook 3',
      'enter close',
      'run 2 for 400',
    ]);
  });

  it('never runs a hook that was taken back, and begins once', () => {
    const { done } = play([
      [0, hook(1, 'close')],
      [0, { kind: 'removed', id: 1 }],
      [0, { kind: 'begun', deadlineMs: 800 }],
      [0, { kind: 'begun', deadlineMs: 900 }],
    ]);
    assert.deepEqual(done, ['finish']);
  });

  it('gives a hook no more than what is left, and leaves the end to the deadline then', () => {
    const plan: HookPlan = { id: 1, name: 'all', phase: 'close', timeoutMs: 5000 };
    const { state } = next(initialState(), { kind: 'added', hook: plan }, 0);
    const { actions } = next(state, { kind: 'begun', deadlineMs: 300 }, 0);
    const run = actions.find((action) => action.kind === 'run');
    assert.equal(run?.timeoutMs, 300);
    assert.ok(run.giveUpMs > 300);
  });
});

describe('insertPhase()', () => {
  it('puts a phase before or after another', () => {
    assert.deepEqual(insertPhase(['a', 'b'], 'x', { before: 'b' }), ['a', 'x', 'b']);
    assert.deepEqual(insertPhase(['a', 'b'], 'x', { after: 'b' }), ['a', 'b', 'x']);
  });

  it('refuses unknown neighbours and names that exist', () => {
    assert.throws(() => insertPhase(PHASES, 'x', { after: 'drian' }), /no phase "drian"/);
    assert.throws(() => insertPhase(PHASES, 'drain', { after: 'close' }), /already is a phase/);
  });
});
