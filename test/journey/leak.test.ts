import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Sandbox } from '../helpers/sandbox.ts';

const LEAK = fileURLToPath(new URL('../../tools/leak.ts', import.meta.url));
const ROUNDS = '600';
const DEADLINE_MS = 220_000;

test('1,800 launches, waits and failures in one process leave no memory and no fd behind', async (t) => {
  const box = new Sandbox(t);
  const command = [process.execPath, '--expose-gc', '--import', 'tsx', LEAK, ROUNDS];
  const ran = await box.run(command, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    deadlineMs: DEADLINE_MS,
  });
  assert.match(ran.stdout, /\nflat\n$/, ran.stderr);
});
