import assert from 'node:assert/strict';
import { test } from 'node:test';
import { system } from '../../src/os/index.ts';
import { isRecordedAlive } from '../../src/record/find.ts';
import type { DaemonRecord } from '../../src/record/record.ts';

// The record of a daemon whose pid, within the 10 ms that a start time counts in, went to a stranger.
test('isRecordedAlive() takes no process without the mark for the daemon, whatever its pid and start time', () => {
  const facts = system().readProcess(process.pid);
  assert.ok(facts);
  const stranger = { ref: facts.ref, mark: '1152921504606846999' } as DaemonRecord;
  assert.equal(isRecordedAlive(stranger), false);
  assert.equal(isRecordedAlive({ ...stranger, mark: null }), true);
});
