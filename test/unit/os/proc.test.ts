import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBootOffset } from '../../../src/os/proc.ts';

const TABLE: readonly (readonly [text: string, ticks: number])[] = [
  ['', 0],
  ['monotonic           7         0\nboottime            0         0\n', 0],
  ['monotonic           7         0\nboottime        86400         0\n', 8_640_000],
  ['monotonic           0         0\nboottime           -5 500000000\n', -450],
  ['monotonic           0         0\nboottime            1  19999999\n', 101],
];

for (const [text, ticks] of TABLE)
  test(`parseBootOffset() reads ${JSON.stringify(text)}`, () => {
    assert.equal(parseBootOffset(text), ticks);
  });
