import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseBootOffset, parsePageBytes } from '../../../src/os/proc.ts';

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

test('parsePageBytes() finds AT_PAGESZ among the pairs of auxv, also 64 KiB', () => {
  const pairs = [33n, 0x7ffd_0000_0000n, 6n, 65_536n, 17n, 100n, 0n, 0n];
  assert.equal(
    parsePageBytes(Buffer.from(new BigUint64Array(pairs).buffer).toString('latin1')),
    65_536,
  );
  assert.equal(parsePageBytes(''), 4096);
});

test('parsePageBytes() reads of this machine what getconf(1) tells', () => {
  const told = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));
  assert.equal(parsePageBytes(readFileSync('/proc/self/auxv', 'latin1')), told);
});
