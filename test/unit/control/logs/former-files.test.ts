import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formerFamilies } from '../../../../src/control/logs/former-files.ts';

test('formerFamilies() has the oldest first, by numbers or by dates, and nothing compressed', () => {
  const names = [
    'app.log',
    'app.log.2',
    'app.log.10',
    'app.log.1',
    'app.log.3.gz',
    'app.log-20261121',
    'app.log.2026-11-20T03:00',
    'app.log-20261120',
    'app.logs.1',
    'other.log.1',
  ];
  assert.deepEqual(formerFamilies('app.log', names), [
    ['app.log.10', 'app.log.2', 'app.log.1'],
    ['app.log.2026-11-20T03:00', 'app.log-20261120', 'app.log-20261121'],
  ]);
});
