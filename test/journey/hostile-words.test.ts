import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Ran, Sandbox } from '../helpers/sandbox.ts';

const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const EVIL = '\u001b]0;title\u0007\u009b2J\u202e';

const all = ({ stdout, stderr }: Ran) => stdout + stderr;

function assertHarmless(ran: Ran, what: string): void {
  assert.doesNotMatch(all(ran), CONTROLS, `${what}: ${JSON.stringify(all(ran))}`);
}

test('process titles, STATUS texts, names and logs cannot play on the terminal', async (t) => {
  const box = new Sandbox(t);
  // A program whose name in /proc is hostile, and which fails in hostile words.
  const program = join(box.folder, `x${EVIL}`);
  copyFileSync('/bin/sleep', program);
  await box.succeed('start', '--name', 'evil', program, '--', '1000');
  const record = join(box.home, 'state', 'evil.json');
  const { statusText: _, ...rest } = JSON.parse(readFileSync(record, 'utf8'));
  writeFileSync(record, JSON.stringify({ ...rest, statusText: `serving ${EVIL}` }));

  for (const args of [
    ['status', 'evil'],
    ['status', '--json', 'evil'],
    ['list'],
    ['list', '--json'],
    ['check', 'evil'],
    ['check', '--json', 'evil'],
  ]) {
    const ran = await box.daimon(...args);
    assertHarmless(ran, args.join(' '));
    if (args.includes('--json')) JSON.parse(ran.stdout);
  }
  assert.match((await box.daimon('status', 'evil')).stdout, /serving \\x1b\]0;title\\x07/);

  const failing = box.file(
    'failing.sh',
    `#!/bin/sh\nprintf '%b' 'bad \\033[2J\\302\\233 words\\n' >&2\nexit 3\n`,
    0o755,
  );
  const failed = await box.daimon('start', failing);
  assert.match(failed.stderr, /bad \\x1b\[2J\\x9b words/);
  assertHarmless(failed, 'start of a failing program');

  for (const command of [
    'status',
    'stop',
    'restart',
    'reload',
    'wait',
    'logs',
    'check',
    'delete',
    EVIL,
  ])
    assertHarmless(await box.daimon(command, `no${EVIL}`), command);
  assertHarmless(await box.daimon('start', `./no${EVIL}`), 'start');
  assertHarmless(await box.daimon('signal', EVIL, 'evil'), 'signal');
  assertHarmless(await box.daimon('start', '--limit', EVIL, 'sleep'), '--limit');
  assertHarmless(await box.daimon('stop', `--${EVIL}`, 'evil'), 'option');

  const stubborn = join(box.folder, `y${EVIL}`);
  copyFileSync('/bin/bash', stubborn);
  await box.succeed(
    'start',
    '--name',
    'stubborn',
    stubborn,
    '--',
    '-c',
    'trap "" TERM; while :; do sleep 1; done',
  );
  assertHarmless(await box.daimon('stop', '--grace', '100ms', '--json', 'stubborn'), 'stop');
});

test('no value of --env is shown, whatever happens', async (t) => {
  const box = new Sandbox(t);
  const secret = 's3cret-value';
  const env = ['--env', `TOKEN=${secret}`];
  const dotenv = box.file('.env', `PASSWORD=${secret}\n`);
  const ran: Ran[] = [];
  const run = async (...args: string[]) => ran.push(await box.daimon(...args));
  await run(
    'start',
    '--name',
    'keeper',
    ...env,
    '--env-file',
    dotenv,
    '--json',
    'sleep',
    '--',
    '1000',
  );
  assert.equal(ran[0]?.status, 0, ran[0]?.stderr);
  for (const args of [
    ['status', 'keeper'],
    ['status', '--json', 'keeper'],
    ['list'],
    ['list', '--json'],
    ['check', 'keeper'],
    ['check', '--json', 'keeper'],
    ['logs', 'keeper'],
    ['restart', 'keeper'],
    ['restart', '--json', 'keeper'],
    ['completion', '--', 'status', ''],
  ])
    await run(...args);
  await run('start', '--name', 'keeper', ...env, 'sleep', '--', '1000');
  await run('start', '--name', 'f1', ...env, './missing');
  await run(
    'start',
    '--name',
    'f2',
    ...env,
    '--ready',
    'tcp:1',
    '--ready-timeout',
    '200ms',
    'sleep',
    '--',
    '1000',
  );
  await run('start', '--name', 'f3', ...env, '--umask', '999', 'sleep');
  await run('start', '--env', `9BAD=${secret}`, 'sleep');
  await run('start', `--enw=TOKEN=${secret}`, 'sleep');
  await run('start', `--json=${secret}`, 'sleep');
  await run(`--env=TOKEN=${secret}`, 'start', 'sleep');
  await run('stop', 'keeper', '--json');
  for (const one of ran) assert.doesNotMatch(all(one), new RegExp(secret));
});
