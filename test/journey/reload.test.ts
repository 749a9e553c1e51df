import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { FIXTURES, isRunning, Sandbox } from '../helpers/sandbox.ts';

const RELOADS = join(FIXTURES, 'reloads.py');

async function started(how: 'tells' | 'hangs' | 'dies' | 'silent' | 'pings', box: Sandbox) {
  const options = ['--name', 'it', '--ready', 'notify', '--interpreter', 'python3'];
  await box.succeed('start', ...options, RELOADS, '--', how, box.folder);
}

describe('reload of a daemon that speaks sd_notify', () => {
  test('returns when it is READY again, by its own reload signal too', async (t) => {
    const box = new Sandbox(t);
    await started('tells', box);
    assert.match(await box.succeed('reload', 'it'), /Reloaded it, ready again in/);
    assert.equal(box.logOf('it'), 'reloading\nreloaded\n');
    assert.match(await box.succeed('reload', '--signal', 'USR1', 'it'), /Reloaded it/);
    assert.equal(box.logOf('it'), 'reloading\nreloaded\n'.repeat(2));
  });

  test('two at once: both are sent, and neither fails', async (t) => {
    const box = new Sandbox(t);
    await started('tells', box);
    const both = await Promise.all([box.daimon('reload', 'it'), box.daimon('reload', 'it')]);
    for (const ran of both) assert.equal(ran.status, 0, ran.stderr);
    assert.equal(isRunning(box.pidOf('it')), true);
  });

  test('says when it is not ready again in time, and leaves it running', async (t) => {
    const box = new Sandbox(t);
    await started('hangs', box);
    const ran = await box.daimon('reload', 'it', '--timeout', '1s');
    assert.equal(ran.status, 1);
    assert.match(
      ran.stderr,
      /began to reload, but was not ready again in time; see: daimon logs it/,
    );
    assert.equal(isRunning(box.pidOf('it')), true);
  });

  test('says when it ends meanwhile, and how', async (t) => {
    const box = new Sandbox(t);
    await started('dies', box);
    const ran = await box.daimon('reload', 'it');
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, /"it" exited with code 5 while it reloaded/);
  });

  test('takes no watchdog ping, and no word about its work, for one about the reload', async (t) => {
    const box = new Sandbox(t);
    await started('pings', box);
    const said = await box.succeed('reload', 'it', '--timeout', '3s');
    assert.match(said, /Sent SIGHUP to it; it does not tell when it has reloaded/);
  });

  test('does not claim what a silent one does not tell', async (t) => {
    const box = new Sandbox(t);
    await started('silent', box);
    const said = await box.succeed('reload', 'it');
    assert.match(said, /Sent SIGHUP to it; it does not tell when it has reloaded/);
    await eventually(
      'the signal',
      () => box.logOf('it'),
      (log) => log === 'reloading\n',
    );
  });
});
