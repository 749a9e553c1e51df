import type { NativeSignals } from './native-signals.ts';

/** What can be sent on Windows. Numbers as Node has them there; USR1 and USR2, which it has not, as on Linux. */
export const SENT_SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGTERM: 15,
  SIGBREAK: 21,
  SIGABRT: 22,
};

type Hearing = Pick<NativeSignals, 'hearSignals' | 'leaveSignals' | 'noteListener'>;

const HEARER = Symbol.for('daimon.hearer');
const holder = globalThis as { [HEARER]?: { addonPath: string; leave(): void } };

/**
 * Signals that other processes send arrive here from now on, as events of `process`, as Node does it with
 * the system's own elsewhere. Also loaded into programs that know nothing of daimon: see hear.ts.
 *
 * There may be two copies of daimon in a program: the one that started it, and its own. The later one is
 * the one that hears, as its flag is what the program looks at.
 */
export function hearSignals(addon: Hearing, addonPath: string): void {
  if (holder[HEARER]?.addonPath === addonPath) return;
  holder[HEARER]?.leave();
  const onAdded = (event: string | symbol) => noteListener(addon, event, true);
  const onRemoved = (event: string | symbol) =>
    noteListener(addon, event, process.listenerCount(event) > 0);
  process.on('newListener', onAdded);
  process.on('removeListener', onRemoved);
  holder[HEARER] = {
    addonPath,
    leave() {
      process.off('newListener', onAdded);
      process.off('removeListener', onRemoved);
      addon.leaveSignals();
    },
  };
  for (const name of Object.keys(SENT_SIGNALS))
    if (process.listenerCount(name) > 0) noteListener(addon, name, true);
  const error = addon.hearSignals(emit);
  if (error !== 0) {
    process.emitWarning(
      `daimon cannot listen for signals (Win32 error ${error}): other processes cannot reach this one`,
    );
  }
}

function noteListener(addon: Hearing, event: string | symbol, on: boolean): void {
  const number = typeof event === 'string' ? SENT_SIGNALS[event] : undefined;
  if (number !== undefined) addon.noteListener(number, on);
}

function emit(signalNumber: number): void {
  const name = Object.keys(SENT_SIGNALS).find((key) => SENT_SIGNALS[key] === signalNumber);
  // Node's own call, of a signal that libuv has seen: the name, then the number.
  if (name !== undefined) Reflect.apply(process.emit, process, [name, name, signalNumber]);
}
