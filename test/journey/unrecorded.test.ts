import assert from 'node:assert/strict';
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { refuseUnrecorded } from '../../src/record/unrecorded.ts';
import { Sandbox } from '../helpers/sandbox.ts';

test('refuseUnrecorded() does not take a daemon that was launched since the look for one without a record', async (t) => {
  const box = new Sandbox(t);
  await box.succeed('start', '--name', 'web', '--ready', 'exec', 'sleep', '1000');
  const state = join(box.home, 'state');
  const seenBefore = {
    name: 'web',
    pidFile: join(box.home, 'run', 'web.pid'),
    record: null,
    ref: null,
    pidFileExists: false,
  };
  refuseUnrecorded(state, seenBefore);
  unlinkSync(join(state, 'web.json'));
  assert.throws(() => refuseUnrecorded(state, seenBefore), {
    code: 'ALREADY_RUNNING',
    message: /seems to run, though its record is gone/,
  });
});
