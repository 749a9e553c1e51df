import { DaemonError } from '../errors.ts';
import { signalName, signalNumbers } from '../os/signals.ts';
import { nearestWord } from '../suggest.ts';
import { IGNORE_SIGNAL, type ReceivedSignal } from './received-signal.ts';

/**
 * What is done at a signal: a function, {@link IGNORE_SIGNAL}, or the default (`undefined`), which
 * raises it through `SignalHandler.signal`.
 */
export type SignalAction = ((signal: ReceivedSignal) => unknown) | typeof IGNORE_SIGNAL | undefined;

/** `sigterm`, `sighup` … */
export type SignalKey = Lowercase<NodeJS.Signals>;
/** `sigrtmin`, `sigrtmin+3` …; Linux only. */
export type RealTimeKey = `sigrtmin${'' | `+${number}`}`;

/** An action for each signal, by its name in small letters. */
export type SignalActions = { [Key in SignalKey | RealTimeKey]?: SignalAction };

/** Signals that no process can handle. signal(7). */
const UNHANDLED = new Set(['sigkill', 'sigstop']);

/** The name under which the action of a signal is kept. */
export function actionKey(signalNumber: number): SignalKey {
  return signalName(signalNumber).toLowerCase() as SignalKey;
}

/** @throws DaemonError INVALID_ARGUMENT */
function checkAction(key: string, action: unknown): void {
  if (UNHANDLED.has(key)) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `${key.toUpperCase()} cannot be handled or ignored by any process (signal(7))`,
    );
  }
  if (action === undefined || action === IGNORE_SIGNAL || typeof action === 'function') return;
  throw new DaemonError(
    'INVALID_ARGUMENT',
    `The action of ${key} must be a function, IGNORE_SIGNAL or undefined (the default)`,
  );
}

/** @throws DaemonError UNKNOWN_OPTION, naming the nearest; INVALID_ARGUMENT */
export function checkActions(actions: SignalActions): void {
  const known = signalNumbers().map(actionKey);
  for (const [key, action] of Object.entries(actions)) {
    if (key in SignalProperties.prototype) {
      checkAction(key, action);
      continue;
    }
    const near = nearestWord(key.toLowerCase(), known);
    throw new DaemonError(
      'UNKNOWN_OPTION',
      `There is no signal "${key}" on this platform; names are written in small letters. ` +
        `${near === null ? 'For example: sigterm, sighup' : `Did you mean "${near}"?`}`,
    );
  }
}

type Told = (signalNumber: number) => void;
const told = new WeakMap<object, Told>();

/**
 * Has a property for every signal of the platform. The first assignment of each is told and makes it
 * the object's own, so that `delete` brings the default back.
 */
export const SignalProperties = class {
  constructor(onAssigned: Told) {
    told.set(this, onAssigned);
  }
} as new (
  onAssigned: Told,
) => SignalActions;

for (const number of signalNumbers()) {
  const key = actionKey(number);
  Object.defineProperty(SignalProperties.prototype, key, {
    get: () => undefined,
    set(this: object, action: unknown) {
      checkAction(key, action);
      Object.defineProperty(this, key, {
        value: action,
        writable: true,
        configurable: true,
        enumerable: true,
      });
      told.get(this)?.(number);
    },
  });
}
