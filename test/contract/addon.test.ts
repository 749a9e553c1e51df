import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { nativePath } from '../../src/os/native.ts';
import { FIXTURES, Sandbox } from '../helpers/sandbox.ts';

test('every function of the addon, in ways that succeed and fail; a stop is asked for where nobody listens', async (t) => {
  const box = new Sandbox(t);
  const script = join(FIXTURES, 'exercises-addon.cjs');
  const ran = await box.run([process.execPath, script, nativePath(), box.folder]);
  assert.match(ran.stdout, /\nevery function\n$/, ran.stderr);
  assert.equal(ran.status, 0);
});
