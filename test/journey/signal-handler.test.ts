import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  SIGHUP,
  SIGTERM,
  SignalHandler,
  type SignalLike,
  send,
  signalClass,
} from '../../src/index.ts';
import { type Program, startFixture } from '../helpers/program.ts';

async function start(t: TestContext, way: string): Promise<{ program: Program; pidFile: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'daimon-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const pidFile = join(folder, 'app.pid');
  const program = startFixture('handles-signals.mjs', [way, pidFile]);
  t.after(() => program[Symbol.asyncDispose]());
  await program.says(/ready/);
  return { program, pidFile };
}

describe('SignalHandler', () => {
  it('calls actions with the signal and its sender, ignores what is to be ignored', async (t) => {
    const { program, pidFile } = await start(t, 'handles');
    for (const signal of [SIGHUP, 'usr2', 'RTMIN+3', 'SIGUSR1'] as SignalLike[]) {
      assert.deepEqual(await send(pidFile, signal), { kind: 'delivered', pid: program.pid });
    }
    await program.says(/hup 1 from true/);
    await program.says(/SIGRTMIN\+3 37/);
    await program.says(/the other listener/);
    await send(pidFile, new SIGTERM());
    assert.equal(await program.end(), 143);
    assert.match(program.output, /exit 143/);
  });

  it('lets actions be replaced and deleted while it runs; the default comes back', async (t) => {
    const { program, pidFile } = await start(t, 'replaces');
    await send(pidFile, 'USR1');
    await program.says(/usr1 first/);
    await send(pidFile, 'USR1');
    await program.says(/usr1 second/);
    await program.says(/the other listener[\s\S]*the other listener/);
    await send(pidFile, SIGHUP);
    assert.equal(await program.end(), 129);
  });

  it('raises by default: what awaits rejects with the signal, and the program ends as it will', async (t) => {
    const { program, pidFile } = await start(t, 'raises');
    await send(pidFile, 15);
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /caught true true/);
  });

  it('ends with 128 + n, in silence, when nobody catches what it raises', async (t) => {
    const { program, pidFile } = await start(t, 'raisesUncaught');
    await send(pidFile, 'SIGINT');
    assert.equal(await program.end(), 130);
    assert.equal(program.errors, '');
  });

  it('leaves the end to gracefulShutdown() where there is one', async (t) => {
    const { program, pidFile } = await start(t, 'shutsDown');
    await send(pidFile, SIGTERM);
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /deferred/);
  });

  it('puts back what was there when it stops, twice or once', async (t) => {
    const { program, pidFile } = await start(t, 'stops');
    await send(pidFile, 'USR1');
    await program.says(/stopped 0/);
    await send(pidFile, SIGTERM);
    assert.equal(await program.end(), 'SIGTERM');
  });

  it('refuses signals that cannot be handled, unknown ones and actions of the wrong type', () => {
    const refuses = (actions: object, code: string, words: RegExp) =>
      assert.throws(() => new SignalHandler('a.pid', actions), { code, message: words });
    refuses({ sigkill: () => {} }, 'INVALID_ARGUMENT', /cannot be handled/);
    refuses({ sigterrm: () => {} }, 'UNKNOWN_OPTION', /"sigterm"/);
    refuses({ sigterm: 5 }, 'INVALID_ARGUMENT', /function/);
    const handler = new SignalHandler('a.pid');
    assert.throws(() => Object.assign(handler, { sigstop: () => {} }), {
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('send()', () => {
  it('probes with 0, and tells what became of a signal', async (t) => {
    const { program, pidFile } = await start(t, 'handles');
    assert.deepEqual(await send(pidFile, 0), { kind: 'delivered', pid: program.pid });
    program.signal('SIGKILL');
    await program.end();
    assert.deepEqual(await send(pidFile, 0), { kind: 'gone', pid: null });
    assert.deepEqual(await send('/nowhere/app.pid', SIGTERM), { kind: 'gone', pid: null });
    await assert.rejects(send(pidFile, 'SIGNOPE'), { code: 'INVALID_ARGUMENT' });
    await assert.rejects(send('', 15), { code: 'INVALID_ARGUMENT' });
  });

  it('knows every signal of the platform', () => {
    for (let number = 34; number <= 64; number++) assert.equal(signalClass(number).SIGNUM, number);
  });
});
