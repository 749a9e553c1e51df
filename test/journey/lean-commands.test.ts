import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CLI, Sandbox } from '../helpers/sandbox.ts';

// Modules of Node that take from 0.5 to 20 ms to load: nothing that every command, or every daemon,
// imports may import them.
const HEAVY = 'child_process crypto dgram http https net stream tls worker_threads'.split(' ');
// The internal module lists what has been loaded so far, as `NativeModule net`.
const LOADED = `JSON.stringify(process.moduleLoadList.map((name) => name.split(' ').at(-1)))`;

test('start, status and stop load no heavy module of Node, nor does the daemon for their sake', async (t) => {
  const box = new Sandbox(t);
  const atExit = box.file(
    'at-exit.cjs',
    `process.on('exit', () => require('fs').writeFileSync(process.env.LOADED, ${LOADED}))`,
  );
  const app = box.file('app.cjs', `console.log(${LOADED}); setInterval(() => {}, 1e6);`);
  const words = [
    ['start', app, '--ready', 'loaded'],
    ['status', 'app'],
    ['stop', 'app'],
  ];
  for (const [command = '', ...rest] of words) {
    const list = join(box.folder, `${command}.json`);
    const ran = await box.run([process.execPath, '--require', atExit, CLI, command, ...rest], {
      env: { ...box.environment, LOADED: list },
    });
    assert.equal(ran.status, 0, ran.stderr);
    assertLean(`daimon ${command}`, readFileSync(list, 'utf8'));
  }
  assertLean('the daemon', box.logOf('app'));
});

test('--ready listening loads node:net for a program, and nothing more', async (t) => {
  const box = new Sandbox(t);
  const app = box.file(
    'app.cjs',
    `console.log(${LOADED}); require('net').createServer().listen(0);`,
  );
  await box.succeed('start', app, '--ready', 'listening');
  assertLean('the daemon', box.logOf('app'), 'net', 'stream');
});

function assertLean(who: string, json: string, ...wanted: string[]): void {
  const loaded = JSON.parse(json) as string[];
  assert.ok(loaded.includes('fs'), `no list of modules: ${json}`);
  const heavy = HEAVY.filter((name) => loaded.includes(name) && !wanted.includes(name));
  assert.deepEqual(heavy, [], `${who} loads ${heavy.join(', ')}`);
}
