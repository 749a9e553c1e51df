import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { assertFailed } from '../helpers/failure.ts';
import { isRunning, MODULES, Sandbox } from '../helpers/sandbox.ts';

const LIVES = 'setInterval(() => {}, 1e6);';

/** What a Node entry does before it has loaded, and what the terminal is told. */
const FAULTS: readonly (readonly [what: string, file: string, content: string, words: RegExp])[] = [
  ['throws', 'app.cjs', "throw new Error('broken on purpose')", /code 1.*\n(.*\n)*.*broken on p/],
  ['throws in a module', 'app.mjs', "throw new Error('broken on purpose')", /broken on purpose/],
  [
    'throws after an await',
    'app.mjs',
    "await 1; throw new Error('broken on purpose')",
    /broken on/,
  ],
  ['throws in TypeScript', 'app.ts', "const x: string = 'broken'; throw new Error(x)", /broken/],
  [
    'rejects at once',
    'app.cjs',
    `${LIVES} Promise.reject(new Error('broken on p'))`,
    /broken on p/,
  ],
  [
    'has an async main that rejects at once',
    'app.mjs',
    `${LIVES} async function main() { await null; throw new Error('broken on purpose'); } main();`,
    /broken on purpose/,
  ],
  ['is no JavaScript', 'app.cjs', 'let let = 1 +', /SyntaxError/],
  ['is no module', 'app.mjs', 'import {', /SyntaxError/],
  ['imports what is not there', 'app.mjs', "import 'no-such-thing'", /no-such-thing/],
  ['requires what is not there', 'app.cjs', "require('./no-such-thing')", /no-such-thing/],
  ['exits with 7', 'app.cjs', "console.error('seven'); process.exit(7)", /code 7[\s\S]*\| seven/],
  ['exits with 0', 'app.mjs', 'process.exit(0)', /exited with code 0 before it was ready/],
  ['kills itself', 'app.cjs', "process.kill(process.pid, 'SIGSEGV')", /ended by SIGSEGV/],
  [
    'never comes back from an await',
    'app.mjs',
    'await new Promise(() => {})',
    /exited with code 13/,
  ],
];

describe('start, --ready auto, a Node entry', () => {
  for (const [what, file, content, words] of FAULTS) {
    test(`tells the terminal when the entry ${what}`, async (t) => {
      const box = new Sandbox(t);
      symlinkSync(MODULES, join(box.folder, 'node_modules')); // with tsx
      box.file(file, content);
      assertFailed(box, await box.daimon('start', file), 1, words);
    });
  }

  test('ends an entry that never loads, tells its last words and what to do', async (t) => {
    const box = new Sandbox(t);
    const content = `console.error('still at it'); ${LIVES} await new Promise(() => {});`;
    box.file('app.mjs', content);
    const ran = await box.daimon('start', 'app.mjs', '--ready-timeout', '300ms');
    assertFailed(
      box,
      ran,
      1,
      /not ready after 3\d\d ms \(--ready auto\)[\s\S]*--ready-timeout[\s\S]*\| still at it/,
    );
  });

  test('ends an entry that blocks while it loads and ignores SIGTERM', async (t) => {
    const box = new Sandbox(t);
    box.file('app.cjs', "process.on('SIGTERM', () => {}); for (;;);");
    const ran = await box.daimon(
      'start',
      'app.cjs',
      '--ready-timeout',
      '300ms',
      '--grace',
      '100ms',
    );
    assertFailed(box, ran, 1, /not ready after/);
  });

  test('is not fooled by an error that comes later: that is a crash, not a failed start', async (t) => {
    const box = new Sandbox(t);
    box.file('app.cjs', `${LIVES} process.once('SIGUSR2', () => { throw new Error('later'); });`);
    await box.succeed('start', 'app.cjs');
    await box.succeed('signal', 'USR2', 'app');
    await eventually(
      'its end',
      async () => (await box.daimon('status', 'app')).status,
      (status) => status === 1,
    );
    assert.match(box.logOf('app'), /Error: later/);
  });
});

describe('start, --ready auto, a command', () => {
  const script = (text: string) => `#!/bin/sh\n${text}\n`;

  test('is ready when it lives through the settling time', async (t) => {
    const box = new Sandbox(t);
    box.file('tool', script('exec sleep 1000'), 0o755);
    await box.succeed('start', './tool');
    assert.equal(isRunning(box.pidOf('tool')), true);
  });

  for (const code of [0, 7]) {
    test(`fails when it exits with ${code} before that`, async (t) => {
      const box = new Sandbox(t);
      box.file('tool', script(`echo the reason >&2; exit ${code}`), 0o755);
      const ran = await box.daimon('start', './tool');
      assertFailed(box, ran, 1, new RegExp(`exited with code ${code} before (.|\\n)*the reason`));
    });
  }

  test('says to a program that puts itself into the background what to do', async (t) => {
    const box = new Sandbox(t);
    box.file('tool', script('sleep 1000 & exit 0'), 0o755);
    assertFailed(box, await box.daimon('start', './tool'), 1, /foreground/);
  });

  test('names the signal that ended it', async (t) => {
    const box = new Sandbox(t);
    box.file('tool', script('kill -KILL $$'), 0o755);
    assertFailed(box, await box.daimon('start', './tool'), 1, /ended by SIGKILL before/);
  });

  test('waits as long as --settle says', async (t) => {
    const box = new Sandbox(t);
    box.file('tool', script('sleep 0.4; exit 3'), 0o755);
    const ran = await box.daimon('start', './tool', '--settle', '30s');
    assertFailed(box, ran, 1, /code 3/);
  });

  test('--ready exec asks for nothing but the exec', async (t) => {
    const box = new Sandbox(t);
    box.file('tool', script('exec sleep 1000'), 0o755);
    await box.succeed('start', './tool', '--ready', 'exec');
    assert.equal(isRunning(box.pidOf('tool')), true);
  });
});
