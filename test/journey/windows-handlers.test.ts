import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { WINE_SKIP, WineBox } from '../helpers/wine.ts';

const LIBRARY = `file:///Z:${new URL('../../dist/index.js', import.meta.url).pathname}`;

test('Windows: DaemonContext refuses what there is not, passes over the rest, and maps signals', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  const refused = box.file(
    'refused.mjs',
    `import { DaemonContext } from '${LIBRARY}';
     for (const options of [{ chrootDirectory: 'C:\\\\' }, { uid: 'somebody' }, { gid: 'users' }, { ready: 'notify', stdout: 7 }]) {
       const context = new DaemonContext({ pidfile: 'no.pid', ...options });
       await context.open().then(() => console.log('opened'), (error) => console.log(error.code, error.message));
     }`,
  );
  const seen = await box.node(refused);
  assert.match(seen.stdout, /^UNSUPPORTED .*Windows has no root to change$/m);
  assert.equal(
    seen.stdout.match(/^UNSUPPORTED .*Windows changes users at a logon only/gm)?.length,
    2,
  );
  assert.doesNotMatch(seen.stdout, /opened/);
  assert.equal(existsSync(join(box.folder, 'no.pid')), false);

  const maps = box.file(
    'maps.mjs',
    `import { DaemonContext, gracefulShutdown, ready, status } from '${LIBRARY}';
     import { appendFileSync } from 'node:fs';
     const out = process.cwd() + '\\\\said';
     class Service extends DaemonContext {
       reload(signal) { appendFileSync(out, 'reload ' + signal.name + '\\n') }
     }
     const context = new Service({
       pidfile: 'maps.pid', umask: 0o027, preventCore: false, filesPreserve: [], workingDirectory: process.cwd(),
       signalMap: { SIGHUP: 'reload', SIGUSR1: null, SIGBREAK: (signal) => appendFileSync(out, 'function ' + Number(signal) + '\\n'), SIGTERM: 'terminate' },
     });
     await context.open();
     status('maps signals');
     ready();
     process.on('exit', (code) => appendFileSync(out, 'exit ' + code + ' ' + context.isOpen + '\\n'));
     setInterval(() => {}, 60_000);`,
  );
  const opened = await box.node(maps);
  assert.equal(opened.status, 0, opened.stderr);
  for (const signal of ['HUP', 'USR1', 'BREAK']) await box.succeed('signal', signal, 'maps');
  await eventually(
    'what the map does',
    () => box.read('said'),
    (text) => text === 'reload SIGHUP\nfunction 21\n',
  );
  await eventually(
    'the words of its state',
    () => box.succeed('status', 'maps'),
    (text) => text.includes('maps signals'),
  );
  await box.succeed('stop', 'maps', '--grace', '10s');
  assert.match(box.read('said'), /exit 143 false\n$/);
});

test('Windows: IGNORE_SIGNAL, a handler that is deleted, the raised signal, stopTree()', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  const script = box.file(
    'handles.mjs',
    `import { IGNORE_SIGNAL, ReceivedSignal, SIGINT, SIGTERM, SignalHandler, send, signalClass, stopTree } from '${LIBRARY}';
     import { spawn } from 'node:child_process';
     import { setTimeout as sleep } from 'node:timers/promises';
     import { PidFile } from '${LIBRARY}';
     const file = new PidFile('own.pid');
     await file.acquire();
     const handler = new SignalHandler('own.pid', { sigterm: IGNORE_SIGNAL, sighup: (s) => console.log('hup', Number(s)) });
     handler.start();
     console.log((await send('own.pid', SIGTERM)).kind, (await send('own.pid', 'hup')).kind);
     await sleep(100);
     delete handler.sigterm;
     const slept = sleep(60_000, undefined, { signal: handler.signal }).catch((error) => error.cause ?? error);
     await send('own.pid', new SIGTERM());
     const reason = await slept;
     console.log(reason instanceof ReceivedSignal, reason.name, Number(reason), handler.signal.reason === reason);
     console.log(Number(SIGINT), signalClass('SIGUSR1').name, Number(signalClass('SIGUSR1')));
     handler.stop();
     handler.stop();
     const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
     const ended = new Promise((resolve) => child.once('exit', resolve));
     const { killed, survivors } = await stopTree(child.pid, { graceMs: 200 });
     await ended;
     console.log('killed', killed.map(({ pid }) => pid === child.pid), survivors.length);
     await file.release();
     process.exit(0);`,
  );
  const ran = await box.node(script);
  assert.equal(
    ran.stdout,
    'delivered delivered\nhup 1\ntrue SIGTERM 15 true\n2 SIGUSR1 10\nkilled [ true ] 0\n',
    ran.stderr,
  );
});
