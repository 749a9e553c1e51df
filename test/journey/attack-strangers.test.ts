import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AS_ATTACKER, ATTACKER, scene } from '../helpers/attacker.ts';
import { eventually } from '../helpers/eventually.ts';
import { cannotBeOrdinary } from '../helpers/ordinary-user.ts';
import { CLI, FIXTURES, isRunning, type Sandbox } from '../helpers/sandbox.ts';

const skip = process.getuid?.() !== 0 && 'needs root, to make the attacker';
const STRANGER = readFileSync(join(FIXTURES, 'stranger.py'), 'utf8');
const NOTIFIES = join(FIXTURES, 'notifies.py');
const ALICE = ATTACKER + 1;

/** The attacker at work; resolves when it says that it is. */
async function stranger(
  box: Sandbox,
  what: string,
): Promise<{ child: ChildProcess; said: string }> {
  const command = [...AS_ATTACKER, '/usr/bin/python3', '-c', STRANGER, what, box.folder];
  const child = box.spawn(command, { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/' });
  let said = '';
  child.stdout?.on('data', (text) => {
    said += text;
  });
  await eventually(
    'its word',
    () => said,
    (text) => text.endsWith('\n'),
  );
  return { child, said: said.trim() };
}

function start(box: Sandbox, says: readonly string[], ...options: string[]) {
  const common = ['start', '--name', 'it', '--ready', 'notify', '--interpreter', 'python3'];
  return box.daimon(...common, ...options, NOTIFIES, '--', box.folder, ...says);
}

describe('notify messages of a stranger', { skip }, () => {
  test('who has copied the mark of the daemon are passed over', async (t) => {
    const { box } = scene(t);
    const starting = start(box, ['say:waiting', 'sleep:3', 'READY=1']);
    const { child } = await stranger(box, 'forge');
    const ran = await starting;
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stdout, /ready in [3-9]/);
    const status = JSON.parse(await box.succeed('status', '--json', 'it'));
    assert.equal(status.status, null);
    assert.notEqual(status.pid, child.pid);
  });

  test('who sends without end do not keep the daemon from being heard', async (t) => {
    const { box } = scene(t);
    const starting = start(box, ['sleep:1', 'STATUS=heard\\nREADY=1']);
    await stranger(box, 'flood');
    const ran = await starting;
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(JSON.parse(await box.succeed('status', '--json', 'it')).status, 'heard');
  });

  test('who sends without end do not keep the time-out from coming', async (t) => {
    const { box } = scene(t);
    const starting = start(box, ['say:silent'], '--ready-timeout', '2s');
    await stranger(box, 'flood');
    const ran = await starting;
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, /not ready after [2-9]/);
  });
});

test("a stranger who bears the mark of an ordinary user's daemon is not in the way of stop and start", {
  skip: skip || cannotBeOrdinary,
}, async (t) => {
  const { box } = scene(t);
  chownSync(box.folder, ALICE, ALICE);
  const alice = ['setpriv', `--reuid=${ALICE}`, `--regid=${ALICE}`, '--clear-groups'];
  const daimon = (...words: string[]) => box.run([...alice, process.execPath, CLI, ...words]);
  const name = ['--name', 'web', '--cwd', '/'];
  const program = ['/usr/bin/python3', '--', '-c', 'import time; time.sleep(1000)', box.folder];
  const started = await daimon('start', ...name, ...program);
  assert.equal(started.status, 0, started.stderr);
  const { said } = await stranger(box, 'bear');
  for (const words of [
    ['stop', 'web'],
    ['start', ...name, ...program],
    ['restart', 'web'],
    ['stop', 'web'],
  ]) {
    const ran = await daimon(...words);
    assert.equal(ran.status, 0, `${words.join(' ')}: ${ran.stderr}`);
  }
  assert.equal(isRunning(Number(said)), true);
});
