import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
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

interface AtWork {
  readonly child: ChildProcess;
  readonly said: string;
}

/** A Python script of the attacker's; resolves when it says that it is at work. Its input stays open. */
async function attacks(box: Sandbox, script: string, ...words: string[]): Promise<AtWork> {
  const command = [...AS_ATTACKER, '/usr/bin/python3', '-c', script, ...words];
  const child = box.spawn(command, { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/' });
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

function stranger(box: Sandbox, what: string): Promise<AtWork> {
  return attacks(box, STRANGER, what, box.folder);
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

// Whatever they can open there they hold, shared and exclusively, until their input ends.
const HOLDS_ALL = `
import fcntl, os, sys
held = []
def hold(path):
    try: f = os.open(path, os.O_RDONLY)
    except OSError: return
    for take in (lambda: fcntl.flock(f, fcntl.LOCK_SH | fcntl.LOCK_NB), lambda: fcntl.lockf(f, fcntl.LOCK_SH | fcntl.LOCK_NB)):
        try: take()
        except OSError: continue
        held.append(os.path.basename(path))
for top in sys.argv[1:]:
    hold(top)
    for name in sorted(os.listdir(top)): hold(os.path.join(top, name))
print(' '.join(held), flush=True)
sys.stdin.read()
`;

function holder(box: Sandbox): Promise<AtWork> {
  return attacks(box, HOLDS_ALL, ...['run', 'state', 'logs'].map((name) => join(box.home, name)));
}

/** A home that was made by hand, with folders that everybody may read. */
function openHome(box: Sandbox): void {
  for (const name of ['', 'run', 'state', 'logs']) {
    mkdirSync(join(box.home, name), { mode: 0o755 });
    chmodSync(join(box.home, name), 0o755);
  }
}

describe('locks of a stranger, where our folders can be read by all', { skip }, () => {
  test('who holds a lock on all that they can open keeps no command waiting', async (t) => {
    const { box } = scene(t);
    openHome(box);
    const before = await holder(box);
    assert.match(before.said, /run.*state/);
    await box.succeed('start', '--name', 'web', '--ready', 'exec', 'sleep', '--', '1000');
    const lock = join(box.home, 'run/web.pid.lock');
    assert.equal(statSync(lock).mode & 0o777, 0o600);
    const during = await holder(box);
    assert.doesNotMatch(during.said, /lock|json/);
    await box.succeed('status', 'web');
    await box.succeed('restart', 'web');
    await box.succeed('stop', 'web');
    for (const { child } of [before, during]) child.stdin?.end();
  });

  test('a lock file of ours that they may read is closed to them by the next command', async (t) => {
    const { box } = scene(t);
    openHome(box);
    await box.succeed('start', '--name', 'web', '--ready', 'exec', 'sleep', '--', '1000');
    const locks = [join(box.home, 'run/web.pid.lock'), join(box.home, 'state/.lock')];
    for (const lock of locks) writeFileSync(lock, '', { flag: 'a' });
    for (const lock of locks) chmodSync(lock, 0o644);
    await box.succeed('status', 'web');
    assert.equal(statSync(join(box.home, 'run/web.pid.lock')).mode & 0o777, 0o600);
    await box.succeed('stop', 'web');
    assert.deepEqual(readdirSync(join(box.home, 'state')), []);
  });
});
