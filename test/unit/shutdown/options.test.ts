import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SIGHUP, SIGTERM } from '../../../src/request/received-signal.ts';
import { type GracefulShutdownOptions, planShutdown } from '../../../src/shutdown/options.ts';

describe('planShutdown()', () => {
  it('hears SIGTERM and SIGINT, for ten seconds, and ends with 0', () => {
    const plan = planShutdown({});
    assert.deepEqual(plan.signals, [15, 2]);
    assert.equal(plan.graceMs, 10_000);
    assert.equal(plan.exitCode(new SIGTERM()), 0);
    assert.equal(plan.forceExitCode, null);
  });

  it('changes what is given and keeps the rest', () => {
    const first = planShutdown({ signals: [SIGHUP, 'TERM', 15], exitCode: 3 });
    const plan = planShutdown({ graceMs: 5 }, first);
    assert.deepEqual(plan.signals, [1, 15]);
    assert.equal(plan.graceMs, 5);
    assert.equal(plan.exitCode(new SIGTERM()), 3);
  });

  const refused: [string, GracefulShutdownOptions, RegExp][] = [
    ['a signal that cannot be caught', { signals: ['KILL'] }, /signals is KILL/],
    ['an unknown signal', { signals: ['TREM'] }, /Did you mean SIGTERM/],
    ['a negative time', { graceMs: -1 }, /graceMs is -1/],
    ['no time', { graceMs: Number.NaN }, /graceMs is NaN/],
    ['endless time', { graceMs: Number.POSITIVE_INFINITY }, /graceMs is Infinity/],
    ['an exit code that does not fit', { exitCode: 256 }, /exitCode is 256/],
    ['a broken exit code', { forceExitCode: 1.5 }, /forceExitCode is 1.5/],
  ];
  for (const [what, options, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => planShutdown(options),
        (error) => error instanceof Error && message.test(error.message),
      );
    });
  }
});
