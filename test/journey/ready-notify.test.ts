import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { compile } from '../helpers/compile.ts';
import { eventually } from '../helpers/eventually.ts';
import { assertFailed } from '../helpers/failure.ts';
import { FIXTURES, isRunning, Sandbox } from '../helpers/sandbox.ts';

const NOTIFIES = join(FIXTURES, 'notifies.py');

function start(box: Sandbox, says: readonly string[], ...options: string[]) {
  const common = ['start', '--name', 'it', '--ready', 'notify', '--interpreter', 'python3'];
  return box.daimon(...common, ...options, NOTIFIES, '--', box.folder, ...says);
}

async function started(box: Sandbox, says: readonly string[], ...options: string[]) {
  const ran = await start(box, says, ...options);
  assert.equal(ran.status, 0, ran.stderr);
  return JSON.parse(await box.succeed('status', 'it', '--json'));
}

/** Of the daemon of a start that still waits; empty until it is there. */
function environmentOf(box: Sandbox): string {
  const pidFile = join(box.home, 'run', 'it.pid');
  if (!existsSync(pidFile)) return '';
  try {
    return readFileSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}/environ`, 'latin1');
  } catch {
    return ''; // between fork and exec, or not written yet
  }
}

describe('start --ready notify', () => {
  test('is ready at READY=1, and shows the STATUS= that came with it', async (t) => {
    const box = new Sandbox(t);
    const status = await started(box, ['STATUS=warming up', 'STATUS=serving 3 sites\\nREADY=1']);
    assert.equal(status.state, 'running');
    assert.equal(status.ready, true);
    assert.equal(status.status, 'serving 3 sites');
  });

  test('works for a C program, inside a new root and as another user', async (t) => {
    const box = new Sandbox(t);
    await compile(box, 'notifies.c', '-static');
    chmodSync(box.folder, 0o755);
    const where = ['--chroot', box.folder, '--user', 'nobody', '--name', 'it'];
    await box.succeed('start', '--ready', 'notify', ...where, '/notifies');
    const pid = box.pidOf('it');
    assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Uid:\s+65534\s+65534\s/m);
  });

  test('hears a child of the daemon, as systemd-notify is one', async (t) => {
    const box = new Sandbox(t);
    assert.equal(
      (await started(box, ['child:STATUS=by my child\\nREADY=1'])).status,
      'by my child',
    );
  });

  test('EXTEND_TIMEOUT_USEC= gives more time, counted from then', async (t) => {
    const box = new Sandbox(t);
    const says = ['EXTEND_TIMEOUT_USEC=20000000', 'sleep:2.5', 'READY=1'];
    await started(box, says, '--ready-timeout', '2s');
  });

  test('EXTEND_TIMEOUT_USEC= beyond every timer is no time-out at once', async (t) => {
    const box = new Sandbox(t);
    await started(box, ['EXTEND_TIMEOUT_USEC=999999999999999', 'sleep:0.5', 'READY=1']);
  });

  test('ends when the extended time is over, too', async (t) => {
    const box = new Sandbox(t);
    const says = ['say:half way', 'EXTEND_TIMEOUT_USEC=2500000'];
    const ran = await start(box, says, '--ready-timeout', '2s');
    assertFailed(
      box,
      ran,
      1,
      /not ready after (2\.[4-9]|[3-9]\.\d) s \(--ready notify\)[\s\S]*\| half way/,
    );
  });

  test('ERRNO= fails with its words and the STATUS=', async (t) => {
    const box = new Sandbox(t);
    const ran = await start(box, ['STATUS=port 80 is taken\\nERRNO=98']);
    assertFailed(box, ran, 1, /EADDRINUSE \(address already in use\) and said: port 80 is taken/);
  });

  test('an end without READY=1 is told with its code and last words', async (t) => {
    const box = new Sandbox(t);
    const ran = await start(box, ['STATUS=starting', 'say:no config', 'exit:3']);
    assertFailed(box, ran, 1, /exited with code 3 before it was ready[\s\S]*\| no config/);
  });

  test('MAINPID= moves the name, the PID file and stop to the process that stays', async (t) => {
    const box = new Sandbox(t);
    const status = await started(box, ['fork']);
    assert.equal(status.state, 'running');
    assert.equal(box.pidOf('it'), status.pid);
    const again = await start(box, ['READY=1']);
    assert.equal(again.status, 1);
    assert.match(again.stderr, new RegExp(`already running \\(pid ${status.pid}`));
    await box.succeed('stop', 'it');
    assert.equal(isRunning(status.pid), false);
    assert.equal(existsSync(join(box.home, 'run', 'it.pid')), false);
  });

  for (const [what, pid] of [
    ['a stranger', '1'],
    ['nobody', '4194303'],
    ['nonsense', '-5'],
  ]) {
    test(`MAINPID= of ${what} is passed over`, async (t) => {
      const box = new Sandbox(t);
      const status = await started(box, [`MAINPID=${pid}\\nREADY=1`]);
      assert.equal(status.pid, box.pidOf('it'));
      assert.notEqual(String(status.pid), pid);
      assert.equal(isRunning(status.pid), true);
    });
  }

  test('passes over empty, binary and oversized datagrams', async (t) => {
    const box = new Sandbox(t);
    const says = [
      '',
      'bytes:00ff00',
      'bytes:52454144593d3100',
      'filler:200000',
      'READY=2',
      'READY',
    ];
    const ran = await start(box, [...says, 'say:alive'], '--ready-timeout', '2s');
    assertFailed(box, ran, 1, /not ready after[\s\S]*\| alive/);
    await started(box, [...says, 'STATUS=\u001b[2Jclear\\nREADY=1']);
    const shown = await box.succeed('status', 'it');
    assert.match(shown, /\\x1b\[2Jclear/);
  });

  for (const uid of [0, 65534]) {
    test(`is deaf to a stranger of uid ${uid}, who finds the address in /proc/net/unix`, async (t) => {
      const box = new Sandbox(t);
      const go = join(box.folder, 'go');
      const starting = start(box, [`await:${go}`, 'STATUS=our own\\nREADY=1']);
      const environment = await eventually(
        'the daemon',
        () => environmentOf(box),
        (found) => found.includes('NOTIFY_SOCKET='),
      );
      const address = /NOTIFY_SOCKET=@([^\0]+)/.exec(environment)?.[1] ?? '';
      assert.ok(readFileSync('/proc/net/unix', 'latin1').includes(`@${address}`));
      const code = `import os, socket; os.setuid(${uid})
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"ERRNO=5\\nMAINPID=1\\nSTATUS=forged\\nREADY=1", "\\0${address}")`;
      const sent = await box.run(['python3', '-c', code]);
      assert.equal(sent.status, 0, sent.stderr);
      writeFileSync(go, ''); // datagrams keep their order: what the daemon says comes after
      const ran = await starting;
      assert.equal(ran.status, 0, ran.stderr);
      const status = JSON.parse(await box.succeed('status', 'it', '--json'));
      assert.equal(status.pid, box.pidOf('it'));
      assert.equal(status.status, 'our own');
    });
  }
});
