import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFormerName } from '../../../../src/control/logs/former-files.ts';

const NAMES: readonly [name: string, isFormer: boolean][] = [
  ['app.log.1', true],
  ['app.log.10', true],
  ['app.log-20261121', true],
  ['app.log.2026-11-20T03:00', true],
  ['app.log', false],
  ['app.log.3.gz', false],
  ['app.log.old', false],
  ['app.logs.1', false],
  ['other.log.1', false],
];

test('isFormerName() knows the names that rotation gives, and leaves what was compressed', () => {
  for (const [name, isFormer] of NAMES) assert.equal(isFormerName('app.log', name), isFormer, name);
});
