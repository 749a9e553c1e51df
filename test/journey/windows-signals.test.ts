import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { windowsNodePath } from '../../tools/node-cache.mjs';
import { eventually } from '../helpers/eventually.ts';
import { CLI, FIXTURES } from '../helpers/sandbox.ts';
import { WINE, WINE_SKIP, WineBox, windowsPath } from '../helpers/wine.ts';

const fixture = (name: string) => windowsPath(join(FIXTURES, 'windows', name));
const IDLE = 'console.log("up", process.pid); setInterval(() => {}, 60_000);';

function untilLogged(box: WineBox, name: string, pattern: RegExp): Promise<string> {
  return eventually(
    `${pattern} in the log`,
    () => box.logOf(name),
    (text) => pattern.test(text),
  );
}

test('Windows: a program that knows nothing of daimon hears signals as on Unix', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  await box.succeed('start', '--name', 'plain', fixture('plain-listeners.mjs'));
  const signals = { HUP: 1, USR1: 10, USR2: 12, BREAK: 21, ABRT: 22, INT: 2 };
  for (const [name, number] of Object.entries(signals)) {
    assert.match(
      await box.succeed('signal', name, 'plain'),
      new RegExp(`Sent SIG${name} to plain`),
    );
    await untilLogged(box, 'plain', new RegExp(`^SIG${name} SIG${name} ${number}$`, 'm'));
  }
  assert.match(await box.succeed('reload', 'plain'), /Sent SIGHUP to plain/);
  assert.match(
    await box.succeed('stop', 'plain'),
    /^Stopped plain \(pid \d+\) in [^.]*\.?[^.]*\.\n$/,
  );
  assert.match(box.logOf('plain'), /SIGTERM SIGTERM 15\s+clean-up\s*$/);
});

test('Windows: a signal that a program has no listener for ends it, but for reload', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  box.file('idle.mjs', IDLE);
  await box.succeed('start', 'idle.mjs');
  const refused = await box.daimon('reload', 'idle');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /it does not handle SIGHUP, which would end it/);
  assert.match(await box.succeed('stop', 'idle'), /^Stopped idle \(pid \d+\) in .*\.\n$/);
  assert.doesNotMatch(await box.succeed('list'), /idle/);
  const unknown = await box.daimon('signal', 'QUIT', 'idle');
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /no signal "QUIT" on this platform/);
});

test('Windows: who does not listen is told of, and ended with its tree', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  await box.succeed('start', '--name', 'deaf', 'ping', '--', '-n', '60', '127.0.0.1');
  const pid = box.pidOf('deaf');
  for (const words of [
    ['signal', 'TERM', 'deaf'],
    ['reload', 'deaf'],
  ]) {
    const refused = await box.daimon(...words);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /it does not listen for signals\. Node programs do that/);
  }
  const told = await box.succeed('stop', 'deaf', '--grace', '200ms');
  assert.match(
    told,
    /It does not listen for signals.* Had to kill after 200 ms of grace: ping.exe/i,
  );
  assert.equal(await box.isRunning(pid), false);
});

test('Windows: what a daemon detached goes with it', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  box.file(
    'parent.mjs',
    `import { spawn } from 'node:child_process';
     const child = spawn(process.execPath, ['-e', ${JSON.stringify(IDLE)}], { detached: true, stdio: 'ignore' });
     child.unref();
     process.on('SIGTERM', () => process.exit(0));
     console.log('child ' + child.pid);
     setInterval(() => {}, 60_000);`,
  );
  await box.succeed('start', 'parent.mjs');
  const child = Number(/child (\d+)/.exec(await untilLogged(box, 'parent', /child \d+/))?.[1]);
  assert.equal(await box.isRunning(child), true);
  await box.succeed('stop', 'parent', '--grace', '1s');
  assert.equal(await box.isRunning(child), false);
});

test('Windows: a program hears by its own copy of daimon, also where another has started it', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  cpSync(dirname(CLI), join(box.folder, 'copy'), { recursive: true });
  box.file('copy/package.json', '{ "type": "module" }');
  // The flag of a loop that never yields is the addon's own memory.
  box.file(
    'busy.mjs',
    `import { gracefulShutdown } from './copy/index.js';
     const stop = gracefulShutdown({ exitCode: 4 });
     setTimeout(() => {
       console.log('busy');
       while (!stop.requested);
       console.log('saw ' + stop.reason.name);
     }, 100);`,
  );
  await box.succeed('start', 'busy.mjs');
  await untilLogged(box, 'busy', /busy/);
  assert.doesNotMatch(await box.succeed('stop', 'busy', '--grace', '5s'), /Had to kill/);
  assert.match(box.logOf('busy'), /saw SIGTERM/);
});

test('Windows: who begins to listen within the grace is asked then', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  box.file(
    'late.mjs',
    'process.on("SIGTERM", () => { console.log("asked"); process.exit(0) }); setInterval(() => {}, 60_000)',
  );
  await box.succeed('start', '--ready', 'exec', 'late.mjs');
  const told = await box.succeed('stop', 'late');
  assert.match(told, /^Stopped late \(pid \d+\) in .*\.\n$/);
});

test('Windows: at the end of the session a daemon has time to stop', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  // A desktop on a display that shows nothing: without them, no program could have a window.
  box.environment.WINEDLLOVERRIDES = 'mscoree=;mshtml=';
  await box.run([
    'reg',
    'add',
    'HKCU\\Software\\Wine\\Drivers',
    '/v',
    'Graphics',
    '/d',
    'null',
    '/f',
  ]);
  await box.succeed('start', '--name', 'plain', fixture('plain-listeners.mjs'));
  // Again: the first window of a Windows takes its time, as the desktop is started for it.
  await eventually(
    'the clean-up',
    async () => {
      await box.run(['wineboot', '-e']);
      return box.logOf('plain');
    },
    (text) => /SIGTERM SIGTERM 15\s+clean-up/.test(text),
  );
});

test('Windows: send() tells what became of a signal', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  const library = JSON.stringify(
    new URL('../../dist/index.js', import.meta.url).href.replace('file:///', 'file:///Z:/'),
  );
  const script = box.file(
    'sends.mjs',
    `import { send, SIGTERM } from ${library};
     const path = process.argv[2];
     for (const signal of [0, 'USR2', SIGTERM]) console.log((await send(path, signal)).kind);
     for (let sent; sent?.kind !== 'gone'; ) sent = await send(path, 0);
     console.log('gone');
     try { await send(path, 'QUIT') } catch (error) { console.log(error.code) }`,
  );
  await box.succeed('start', '--name', 'plain', fixture('plain-listeners.mjs'));
  const pidFile = windowsPath(join(box.home, 'run', 'plain.pid'));
  const ran = await box.node(script, pidFile);
  assert.equal(
    ran.stdout.replaceAll('\r', ''),
    'delivered\ndelivered\ndelivered\ngone\nINVALID_ARGUMENT\n',
    ran.stderr,
  );
  assert.match(box.logOf('plain'), /SIGUSR2 SIGUSR2 12[\s\S]*clean-up/);
});

test('Windows: daimon run ends with the code of its child', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  box.file('ends.mjs', 'console.log("said"); process.exitCode = 5');
  const ran = await box.daimon('run', 'ends.mjs');
  assert.equal(ran.status, 5, ran.stderr);
  assert.match(ran.stdout, /^said\s*$/);

  const running = box.daimon('run', '--name', 'plain', fixture('plain-listeners.mjs'));
  await eventually(
    'the child runs',
    () => box.daimon('status', 'plain'),
    ({ status, stdout }) => status === 0 && /running/.test(stdout),
  );
  await box.succeed('signal', 'USR2', 'plain');
  await box.succeed('stop', 'plain');
  const stopped = await running;
  assert.equal(stopped.status, 7, stopped.stderr);
  assert.match(stopped.stdout, /SIGUSR2 SIGUSR2 12[\s\S]*clean-up/);
});

test('Windows: Ctrl-C on the console of daimon run reaches the child as SIGINT, once', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  box.file(
    'typed.mjs',
    `process.on('SIGINT', (name, number) => { console.log('got', name, number); setTimeout(() => process.exit(9), 200) });
     console.log('ready');
     setInterval(() => {}, 60_000);`,
  );
  const terminal = spawn(
    'python3',
    [
      join(FIXTURES, 'on-a-terminal.py'),
      ...[WINE, windowsNodePath(), windowsPath(CLI), 'run', 'typed.mjs'],
    ],
    { cwd: box.folder, env: box.environment, stdio: ['pipe', 'pipe', 'inherit'] },
  );
  t.after(() => terminal.kill('SIGKILL'));
  let shown = '';
  terminal.stdout.on('data', (data) => {
    shown += data;
  });
  await eventually(
    'the child is ready',
    () => shown,
    (text) => text.includes('ready'),
  );
  terminal.stdin.write('\x03');
  const [code] = await once(terminal, 'exit', { signal: AbortSignal.timeout(20_000) });
  assert.equal(code, 9, shown);
  assert.equal(shown.match(/got/g)?.length, 1, shown);
});
