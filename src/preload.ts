// Loaded with --require before a Node entry that daimon starts. Says "ready" on a private fd when
// the main module has loaded, or when a server listens, and removes every trace of itself.
import { closeSync, fstatSync, readSync, realpathSync, writeSync } from 'node:fs';
import Module from 'node:module';
import type { Server } from 'node:net';
import { pathToFileURL } from 'node:url';

// The number of the private fd depends on what else is kept, and neither the environment nor the
// arguments may name it. So it is found by its content: an unlinked file that starts with MAGIC.
const MAGIC = 'daimon-ready 1\n';
const FIRST_FD = 10;
const LAST_FD = 63;

interface Orders {
  when: 'loaded' | 'listening';
  reportFd: number;
}

function takeOrders(): Orders | null {
  const buffer = Buffer.alloc(256);
  for (let fd = FIRST_FD; fd <= LAST_FD; fd++) {
    try {
      const status = fstatSync(fd);
      if (!status.isFile() || status.nlink !== 0) continue;
      const text = buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0));
      if (!text.startsWith(MAGIC)) continue;
      closeSync(fd);
      return JSON.parse(text.slice(MAGIC.length)) as Orders;
    } catch {
      // Not open, or not ours to read: look at the next one.
    }
  }
  return null;
}

function report(fd: number): void {
  try {
    writeSync(fd, 'ready\n');
    closeSync(fd);
  } catch {
    // EPIPE: the launcher has given up. The daemon goes on.
  }
}

/** fork() hands process.execArgv down, and the children are not for us to preload. */
function forgetPreload(): void {
  const at = process.execArgv.findIndex(
    (argument, index) => argument === '--require' && process.execArgv[index + 1] === __filename,
  );
  if (at >= 0) process.execArgv.splice(at, 2);
}

type RunMain = (...args: unknown[]) => unknown;

/** Node calls Module.runMain for the entry of every kind, and says so in a comment for preloads. */
function afterMain(callback: () => void): void {
  const loader = Module as unknown as { runMain: RunMain };
  const runMain = loader.runMain;
  loader.runMain = (...args) => {
    loader.runMain = runMain;
    const result = runMain.apply(loader, args);
    if (process.mainModule?.loaded) callback();
    else setImmediate(() => afterEsModule(callback));
    return result;
  };
}

/**
 * An ES module may await for long. Node 20 keeps an exit listener for that time; later ones give no
 * sign, but importing the main module again joins the evaluation under way.
 */
function afterEsModule(callback: () => void): void {
  const pending = process.listeners('exit').find(({ name }) => name === 'handleProcessExit');
  if (pending === undefined) {
    const path = realpathSync(String(process.argv[1]));
    // A failure ends the process by Node's own hand: nothing to report.
    import(pathToFileURL(path).href).then(callback, () => {});
    return;
  }
  const onRemoved = (event: string | symbol, listener: unknown) => {
    if (event !== 'exit' || listener !== pending) return;
    process.off('removeListener', onRemoved);
    setImmediate(callback); // after a rejection the process does not get there
  };
  process.on('removeListener', onRemoved);
}

function onListening(callback: () => void): void {
  // Loaded here only: a program that does not listen need not pay for it.
  const { prototype } = (Module.createRequire(__filename)('node:net') as typeof import('node:net'))
    .Server;
  const listen = prototype.listen;
  prototype.listen = function (this: Server, ...args: unknown[]) {
    this.once('listening', () => {
      prototype.listen = listen;
      callback();
    });
    return Reflect.apply(listen, this, args) as Server;
  } as typeof listen;
}

// Worker threads are preloaded too: there the orders are gone, for the main thread took them.
const orders = takeOrders();
forgetPreload();
if (orders !== null) {
  const { when, reportFd } = orders;
  let isTold = false;
  const tell = () => {
    if (!isTold) report(reportFd);
    isTold = true;
  };
  if (when === 'loaded') afterMain(tell);
  else onListening(tell);
}
