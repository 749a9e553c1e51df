import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DaemonError } from '../../../../src/errors.ts';
import { forwardableSignals, parseRewrites, rewrite } from '../../../../src/launch/run/rewrites.ts';

test('forwardableSignals() are all but KILL, STOP, CHLD and the two of the C library', () => {
  const missing = Array.from({ length: 64 }, (_, index) => index + 1).filter(
    (number) => !forwardableSignals().includes(number),
  );
  assert.deepEqual(missing, [9, 17, 19, 32, 33]);
});

test('parseRewrites() takes names and numbers; 0 drops; the last one said counts', () => {
  const rewrites = parseRewrites(['TERM:QUIT', '10:0', 'sighup:RTMIN+1', 'INT:2', 'TERM:KILL']);
  const sent = [15, 10, 1, 2, 12].map((number) => rewrite(rewrites, number));
  assert.deepEqual(sent, [9, null, 35, 2, 12]);
});

for (const text of [
  '',
  'TERM',
  ':',
  'TERM:',
  ':TERM',
  '0:TERM',
  'TERM:QUIT:INT',
  'CHLD:0',
  'STOP:1',
]) {
  test(`parseRewrites() refuses "${text}"`, () => {
    assert.throws(
      () => parseRewrites([text]),
      (error) => error instanceof DaemonError && error.code === 'INVALID_ARGUMENT',
    );
  });
}
