import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { DaemonRunner } from '../../src/index.ts';
import { eventually } from '../helpers/eventually.ts';
import { Program } from '../helpers/program.ts';
import { CLI, FIXTURES, isRunning, Sandbox } from '../helpers/sandbox.ts';

const APP = join(FIXTURES, 'runner-app.mjs');

function setUp(t: TestContext) {
  const box = new Sandbox(t);
  const pidFile = join(box.folder, 'app.pid');
  const env = { ...box.environment, APP_PID: pidFile };
  const app = (...words: string[]) => box.run([process.execPath, APP, ...words], { env });
  const pid = () => Number(readFileSync(pidFile, 'utf8'));
  return { box, pidFile, env, app, pid };
}

describe('DaemonRunner', () => {
  it('starts, tells, reloads, restarts and stops with the exit codes and words of the command', async (t) => {
    const { box, pidFile, env, app, pid } = setUp(t);
    assert.equal((await app('status')).status, 3);
    const started = await app('start', '--port', '80');
    assert.equal(started.status, 0, started.stderr);
    assert.match(
      started.stdout,
      new RegExp(`^Started app \\(pid ${pid()}\\), ready in .* Log: ${pidFile}.log\n$`),
    );
    const first = pid();
    await eventually(
      'its log',
      () => readFileSync(`${pidFile}.log`, 'utf8'),
      (text) => text === 'up --port,80\n',
    );

    const status = await app('status');
    assert.equal(status.status, 0);
    assert.match(status.stdout, new RegExp(`^app is running\n  pid +${first}\n`));
    assert.equal(JSON.parse((await app('status', '--json')).stdout).pid, first);
    assert.equal(status.stdout.split('\n')[0], (await box.succeed('status', 'app')).split('\n')[0]);

    const again = await app('start');
    assert.equal(again.status, 1);
    assert.match(again.stderr, /^daimon: Cannot start "app": it is already running/);

    const reloaded = await app('reload');
    assert.match(reloaded.stdout, /^Sent SIGHUP to app/);
    await eventually('the reload', () => existsSync(`${pidFile}.reloaded`), Boolean);

    const restarted = await app('restart');
    assert.match(
      restarted.stdout,
      new RegExp(`^Restarted app \\(pid ${pid()}, formerly ${first}\\)`),
      restarted.stderr,
    );
    const byCommand = await box.run([process.execPath, CLI, 'restart', 'app'], { env });
    assert.equal(byCommand.status, 0, byCommand.stderr);
    const stopped = await app('stop');
    assert.equal(stopped.status, 0, stopped.stderr);
    assert.match(stopped.stdout, /^Stopped app \(pid \d+\) in /);
    const gone = await app('stop');
    assert.equal(gone.status, 1);
    assert.match(gone.stderr, /is not running/);
    assert.equal((await app('status')).status, 3);
  });

  it('tells why the daemon did not come up, with exit code 1', async (t) => {
    const { app } = setUp(t);
    const ran = await app('start', '--broken');
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, /exited with code 1 before it was ready[\s\S]*broken on purpose/);
  });

  it('restart starts what does not run; status tells a killed one from a stopped one', async (t) => {
    const { app, pid } = setUp(t);
    assert.match((await app('restart')).stdout, /^Started app/);
    process.kill(pid(), 'SIGKILL');
    await eventually(
      'its end',
      () => isRunning(pid()),
      (runs) => !runs,
    );
    assert.equal((await app('status')).status, 1);
    assert.match((await app('restart')).stdout, /formerly dead/);
  });

  it('runs in the foreground, holding the PID file', async (t) => {
    const { box, pidFile, env, app } = setUp(t);
    await using program = new Program(process.execPath, [APP, 'run'], { env, cwd: box.folder });
    await program.says(/up/);
    assert.equal(readFileSync(pidFile, 'utf8'), `${program.pid}\n`);
    assert.equal((await app('start')).status, 1);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 'SIGTERM');
  });

  it('answers a mistyped action with the nearest, and ends with 2', async (t) => {
    const { app } = setUp(t);
    const mistyped = await app('strat');
    assert.equal(mistyped.status, 2);
    assert.match(
      mistyped.stderr,
      /Did you mean: runner-app.mjs start\?\nusage: runner-app.mjs start\|stop/,
    );
    assert.equal((await app()).status, 2);
    assert.equal((await app('--help')).status, 0);
  });

  it('refuses an app without run() or PID file', () => {
    const wrong = { pidFile: 'a.pid' } as unknown as ConstructorParameters<typeof DaemonRunner>[0];
    assert.throws(() => new DaemonRunner(wrong), { code: 'INVALID_ARGUMENT', message: /run\(\)/ });
    assert.throws(() => new DaemonRunner({ pidFile: '', run() {} }), { code: 'INVALID_ARGUMENT' });
  });
});
