import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Sandbox } from '../helpers/sandbox.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

test('npm run demo shows the main job, and leaves nothing', async (t) => {
  const box = new Sandbox(t);
  const { status, stdout, stderr } = await box.run(
    [process.execPath, '--import', 'tsx', 'tools/demo.ts'],
    { cwd: PROJECT },
  );
  assert.equal(status, 0, stdout + stderr);
  for (const word of [
    'Started server',
    'server is running',
    'Hello again',
    'Reloaded',
    'Stopped server',
  ]) {
    assert.match(stdout, new RegExp(word));
  }
  const [folder = ''] = /\/\S*daimon-demo-\w+/.exec(stdout) ?? [];
  assert.equal(existsSync(folder), false, `${folder} is left`);
});
