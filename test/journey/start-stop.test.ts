import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isRunning, Sandbox } from '../helpers/sandbox.ts';

test('start returns when a Node server listens, stop leaves nothing but its log', async (t) => {
  const box = new Sandbox(t);
  box.file(
    'server.mjs',
    "import http from 'node:http'; http.createServer((_, r) => r.end('hi')).listen(0, () => console.log('up'));",
  );
  await box.succeed('start', 'server.mjs', '--ready', 'listening');
  const pid = box.pidOf('server');
  assert.equal(JSON.parse(await box.succeed('status', 'server', '--json')).pid, pid);
  await box.succeed('stop', 'server');
  assert.equal(isRunning(pid), false);
  assert.deepEqual(readdirSync(join(box.home, 'run')), []);
  assert.deepEqual(readdirSync(join(box.home, 'state')), []);
  assert.deepEqual(readdirSync(join(box.home, 'logs')), ['server.log']);
});
