import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answerStop,
  type StopAnswer,
  suspendBy,
  type TerminalHolder,
} from '../../../../src/launch/run/job-control.ts';

const [STOP, TSTP, TTIN, TTOU] = [19, 20, 21, 22] as const;

const ANSWERS: readonly [TerminalHolder, number, StopAnswer][] = [
  ['child', TSTP, 'suspend-job'],
  ['child', TTIN, 'suspend-job'],
  ['child', TTOU, 'suspend-job'],
  ['child', STOP, 'suspend-job'],
  ['us', TSTP, 'suspend-self'],
  ['us', TTIN, 'lend'],
  ['us', TTOU, 'lend'],
  ['us', STOP, 'nothing'],
  ['nobody', TSTP, 'suspend-self'],
  ['nobody', TTIN, 'suspend-self'],
  ['nobody', TTOU, 'suspend-self'],
  ['nobody', STOP, 'nothing'],
];

for (const [holder, signal, answer] of ANSWERS) {
  test(`answerStop() of ${signal} while the terminal is with ${holder}: ${answer}`, () => {
    assert.equal(answerStop(signal, holder), answer);
  });
}

test('suspendBy() never stops us for good', () => {
  assert.deepEqual([STOP, TSTP, TTIN, TTOU].map(suspendBy), [TSTP, TSTP, TTIN, TTOU]);
});
