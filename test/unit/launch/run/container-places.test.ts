import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { containerPlaces } from '../../../../src/launch/run/container-places.ts';
import { placesIn } from '../../../../src/spec/places.ts';

// Below a file no folder can be made, not even by root.
const IMPOSSIBLE = placesIn('/etc/passwd/below');

function sharedMemory(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'daimon-shm-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('containerPlaces() keeps what can be made, however deep', () => {
  const usual = placesIn(join(tmpdir(), 'not', 'there', 'yet'));
  assert.equal(containerPlaces(usual), usual);
});

test('containerPlaces() takes shared memory where a place cannot be made', (t) => {
  const folder = sharedMemory(t);
  const expected = placesIn(join(folder, `daimon-${process.geteuid?.()}`));
  assert.deepEqual(containerPlaces(IMPOSSIBLE, folder), expected);
  assert.deepEqual(containerPlaces(IMPOSSIBLE, folder), expected);
});

test('containerPlaces() leaves alone a folder there that others may use', (t) => {
  const folder = sharedMemory(t);
  const { runtime } = containerPlaces(IMPOSSIBLE, folder);
  chmodSync(join(runtime, '..'), 0o777);
  assert.equal(containerPlaces(IMPOSSIBLE, folder), IMPOSSIBLE);
  assert.equal(containerPlaces(IMPOSSIBLE, '/etc/passwd'), IMPOSSIBLE);
});
