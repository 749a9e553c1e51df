// Loaded with --require before a Node entry that daimon starts. Says "ready" on a private fd when
// the main module has loaded, or when a server listens, and removes every trace of itself. What it takes
// is part of every start: a module of Node that the program itself may not want is loaded on need.

import type { Cluster } from 'node:cluster';
import type { TracingChannelSubscribers } from 'node:diagnostics_channel';
import type { Stats } from 'node:fs';
import type { Server } from 'node:net';
import { forgetPreload } from './os/forget-preload.ts';
import { isNamedMemory } from './os/linux-named-memory.ts';

// Not by require(), whose first call takes 0.05 ms.
const { closeSync, fstatSync, readFileSync, readSync, realpathSync, writeSync } =
  process.getBuiltinModule('node:fs');

// The number of the private fd depends on what else is kept, and neither the environment nor the
// arguments may name it. So it is found by its content: a file that starts with MAGIC.
// It has the lowest number from FIRST_FD on that no kept fd has, so all below it are open.
const MAGIC = 'daimon-ready 1\n';
const MEMORY_NAME = 'daimon-ready';
const FIRST_FD = 11;

interface Orders {
  when: 'loaded' | 'listening' | 'sent';
  reportFd: number;
}

function takeOrders(): Orders | null {
  for (let fd = FIRST_FD; ; fd++) {
    const text = isNamedMemory(fd, MEMORY_NAME) ? readFileSync(fd, 'utf8') : readStart(fd);
    if (text === null) return null;
    if (!text.startsWith(MAGIC)) continue;
    closeSync(fd);
    return JSON.parse(text.slice(MAGIC.length)) as Orders;
  }
}

function statOpen(fd: number): Stats | null {
  try {
    return fstatSync(fd);
  } catch {
    return null;
  }
}

/** '' for what is no file; null: not open. */
function readStart(fd: number): string | null {
  const status = statOpen(fd);
  if (status === null) return null;
  if (!status.isFile()) return '';
  const buffer = new Uint8Array(256);
  try {
    const got = readSync(fd, buffer, 0, buffer.length, 0);
    return String.fromCharCode(...buffer.subarray(0, got));
  } catch {
    return ''; // the caller's, and not ours to read
  }
}

function report(fd: number): void {
  try {
    writeSync(fd, 'ready\n');
    closeSync(fd);
  } catch {
    // EPIPE: the launcher has given up. The daemon goes on.
  }
}

type RunMain = (...args: unknown[]) => unknown;

/** Node calls Module.runMain for the entry of every kind, and says so in a comment for preloads. */
function afterMain(callback: () => void): void {
  // What require('node:module') gives, without the 0.2 ms that it takes.
  const loader = module.constructor as unknown as { runMain: RunMain };
  const runMain = loader.runMain;
  // One turn of the loop later: a rejection that nobody handles has ended the process by then.
  const done = () => setImmediate(callback);
  loader.runMain = (...args) => {
    loader.runMain = runMain;
    const waitForEsModule = [20, 21].includes(MAJOR)
      ? afterExitListener
      : TELLS_IMPORTS
        ? afterTracedImport()
        : afterJoining;
    const result = runMain.apply(loader, args);
    if (process.mainModule?.loaded) done();
    else waitForEsModule(done);
    return result;
  };
}

// How Node shows that the evaluation of an ES module, which may await for long, is over. A failure
// ends the process by Node's own hand: nothing to report.

const [MAJOR = 0, MINOR = 0] = process.versions.node.split('.').map(Number);
const TELLS_IMPORTS = MAJOR >= 24 || (MAJOR === 23 && MINOR >= 11) || (MAJOR === 22 && MINOR >= 12);

interface TracedImport {
  /** undefined for the main module. */
  parentURL?: string;
  error?: unknown;
}

/** Node 22.12 and later: diagnostics_channel, "module.import". To be called before the import. */
function afterTracedImport(): (callback: () => void) => void {
  let callback: (() => void) | undefined;
  let main: TracedImport | undefined;
  const subscribers = {
    start(message: unknown) {
      const traced = message as TracedImport;
      if (main === undefined && traced.parentURL === undefined) main = traced;
    },
    asyncEnd(message: unknown) {
      if (message !== main) return;
      channel.unsubscribe(subscribers);
      if (main?.error === undefined) callback?.();
    },
  } as unknown as TracingChannelSubscribers<object>;
  const channel = process
    .getBuiltinModule('node:diagnostics_channel')
    .tracingChannel('module.import');
  channel.subscribe(subscribers);
  return (given) => {
    callback = given;
  };
}

/** Node 20 and 21: an exit listener stands for as long as the evaluation lasts. */
function afterExitListener(callback: () => void): void {
  const pending = process.listeners('exit').find(({ name }) => name === 'handleProcessExit');
  const onRemoved = (event: string | symbol, listener: unknown) => {
    if (event !== 'exit' || listener !== pending) return;
    process.off('removeListener', onRemoved);
    callback();
  };
  process.on('removeListener', onRemoved);
}

/** Node 22.0 to 22.11 give no sign, but importing the main module again joins the evaluation under way. */
function afterJoining(callback: () => void): void {
  setImmediate(() => {
    const { href } = process
      .getBuiltinModule('node:url')
      .pathToFileURL(realpathSync(String(process.argv[1])));
    import(href).then(callback, () => {});
  });
}

/** Servers of every kind are net.Server's; those of a cluster's workers listen in the primary, or tell it. */
function onListening(callback: () => void): void {
  const { prototype } = process.getBuiltinModule('node:net').Server;
  const listen = prototype.listen;
  const done = () => {
    prototype.listen = listen;
    process.off('newListener', onNewListener);
    callback();
  };
  prototype.listen = function (this: Server, ...args: unknown[]) {
    this.once('listening', done);
    return Reflect.apply(listen, this, args) as Server;
  } as typeof listen;
  // node:cluster, 0.7 ms, is for those who have workers: the first fork() listens to this event.
  const onNewListener = (event: string | symbol) => {
    if (event !== 'internalMessage') return;
    process.off('newListener', onNewListener);
    (process.getBuiltinModule('node:cluster') as unknown as Cluster).once('listening', done);
  };
  process.on('newListener', onNewListener);
}

/**
 * `process.send('ready')`. Node's own channel would close with the launcher, and programs that were
 * written for a parent end at 'disconnect', or fail at their next send(). So there is none: send()
 * looks for the one word, and swallows the rest for good.
 */
function onSentReady(callback: () => void): void {
  const send = (message: unknown, ...rest: unknown[]) => {
    if (message === 'ready' || (message as { type?: unknown } | null)?.type === 'ready') callback();
    const sent = rest.at(-1);
    if (typeof sent === 'function') process.nextTick(sent, null);
    return true;
  };
  Object.assign(process, { send, connected: true, disconnect() {} });
}

// Worker threads are preloaded too: there the orders are gone, for the main thread took them.
const orders = takeOrders();
forgetPreload(__filename, require.cache);
if (orders !== null) {
  const { when, reportFd } = orders;
  let isTold = false;
  const tell = () => {
    if (!isTold) report(reportFd);
    isTold = true;
  };
  if (when === 'loaded') afterMain(tell);
  else if (when === 'listening') onListening(tell);
  else onSentReady(tell);
}
