import { constants } from 'node:os';
import { system } from '../os/index.ts';
import { native } from '../os/native.ts';
import { signalName } from '../os/signals.ts';
import { stopListening } from '../os/stop-listening.ts';
import { type ReceivedSignal, signalClass } from './received-signal.ts';

type Listener = (signal: ReceivedSignal) => void;

const listeners = new Map<number, Set<Listener>>();
let watching = false;

/**
 * Calls `listener` at each arrival of the signal, real-time signals included, with who sent it.
 * Does not keep the event loop alive. Call what is returned to stop: what was there is put back.
 */
export function onSignal(signalNumber: number, listener: Listener): () => void {
  const known = listeners.get(signalNumber);
  const set = known ?? new Set();
  set.add(listener);
  if (known === undefined) {
    listeners.set(signalNumber, set);
    capture(signalNumber);
  }
  return () => {
    if (!set.delete(listener) || set.size > 0) return;
    listeners.delete(signalNumber);
    release(signalNumber);
  };
}

/** Node's name for the signal; it has none for real-time signals. */
function nodeName(signalNumber: number): NodeJS.Signals | null {
  const name = signalName(signalNumber);
  return name in constants.signals ? (name as NodeJS.Signals) : null;
}

// libuv installs its handler for the first listener of a signal and resets the signal with the last,
// without looking who else is there. While this listener is registered it does neither, so that ours
// stays in front of libuv's and passes every signal on: other listeners work as before.
const holdPlace = () => {};

function capture(signalNumber: number): void {
  const name = nodeName(signalNumber);
  if (name !== null) process.on(name, holdPlace);
  system().hearSignals();
  native().captureSignal(signalNumber);
  if (!watching) watch();
}

function release(signalNumber: number): void {
  // Native first: it puts libuv's handler back, which libuv then removes with its last listener.
  native().releaseSignal(signalNumber);
  const name = nodeName(signalNumber);
  if (name !== null) stopListening(name, holdPlace);
}

function watch(): void {
  watching = true;
  native().watchReadable(native().captureFd(), takeAll, true);
}

function takeAll(): void {
  for (let one = native().takeSignal(); one !== null; one = native().takeSignal()) {
    const { number, pid, uid } = one;
    const signal = new (signalClass(number))(undefined, pid > 0 ? { pid, uid } : null);
    // Apart from each other: a listener that throws keeps nobody else from hearing.
    for (const listener of listeners.get(number) ?? []) process.nextTick(listener, signal);
  }
  if (listeners.size > 0) watch();
  else watching = false;
}
