import assert from 'node:assert/strict';
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { CLI, isRunning, Sandbox } from '../helpers/sandbox.ts';

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

/** True once it sleeps until the daemon ends: it holds the daemon's pidfd twice, and its thread waits for one. */
function sleeps(pid: number | undefined): boolean {
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  return open.filter((target) => target.includes('pidfd')).length > 1;
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return ''; // closed meanwhile
  }
}

test('stop: Ctrl-C while it waits kills that daemon; those named after it have their grace', async (t) => {
  const box = new Sandbox(t);
  box.file('deaf.mjs', "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6);");
  box.file(
    'slow.mjs',
    "process.on('SIGTERM', () => setTimeout(() => { console.log('bye'); process.exit(); }, 300)); setInterval(() => {}, 1e6);",
  );
  await box.succeed('start', 'deaf.mjs');
  await box.succeed('start', 'slow.mjs');
  const stop = box.spawn([process.execPath, CLI, 'stop', '--grace', '1m', 'deaf', 'slow'], {
    stdio: 'pipe',
  });
  let said = '';
  for (const stream of [stop.stdout, stop.stderr])
    stream?.on('data', (text) => {
      said += text;
    });
  const ended = new Promise<number | null>((resolve) => stop.once('close', resolve));
  await eventually('its sleep', () => sleeps(stop.pid), Boolean);
  stop.kill('SIGINT');
  assert.equal(await ended, 0, said);
  assert.match(said, /Stopped deaf .* Had to kill after [\d.]+ m?s of grace: node \(pid \d+\)/);
  assert.match(said, /Stopped slow \(pid \d+\) in [^\n]*\.\n$/);
  assert.match(box.logOf('slow'), /bye/);
});
