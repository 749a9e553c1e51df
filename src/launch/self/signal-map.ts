import { DaemonError } from '../../errors.ts';
import { hasSignal, signalName } from '../../os/signals.ts';
import { onSignal } from '../../request/captured-signals.ts';
import {
  type ReceivedSignal,
  type SignalLike,
  signalNumber,
} from '../../request/received-signal.ts';

/** null: ignored; a text: the context's method of that name; a function: called with the signal. */
export type MappedAction = null | string | ((signal: ReceivedSignal) => unknown);

/** By name (`SIGTERM`, `term`, `SIGRTMIN+1`), or a Map by any form of a signal. */
export type SignalMap =
  | { readonly [Signal in NodeJS.Signals | `SIGRT${string}`]?: MappedAction }
  | ReadonlyMap<SignalLike, MappedAction>;

/** PEP 3143: a daemon has no terminal to be stopped by, and ends on SIGTERM. */
export const DEFAULT_SIGNAL_MAP: SignalMap = {
  SIGTTIN: null,
  SIGTTOU: null,
  SIGTSTP: null,
  SIGTERM: 'terminate',
};

/** To ignore them where they do not exist (Windows) takes nothing. */
const OF_TERMINALS = new Set(['SIGTTIN', 'SIGTTOU', 'SIGTSTP']);

const UNHANDLED = new Set(['SIGKILL', 'SIGSTOP']);

type Handler = (signal: ReceivedSignal) => unknown;

/** By number, every method name looked up on `owner`. @throws DaemonError INVALID_ARGUMENT */
export function resolveSignalMap(map: SignalMap, owner: object): Map<number, Handler> {
  const entries: Iterable<readonly [SignalLike, unknown]> =
    map instanceof Map ? map : Object.entries(map);
  const resolved = new Map<number, Handler>();
  for (const [signal, action] of entries) {
    if (action === null && OF_TERMINALS.has(String(signal)) && !hasSignal(String(signal))) continue;
    const number = signalNumber(signal);
    const name = signalName(number);
    if (UNHANDLED.has(name))
      throw new DaemonError('INVALID_ARGUMENT', `signalMap: ${name} cannot be handled or ignored`);
    resolved.set(number, handlerOf(action, name, owner));
  }
  return resolved;
}

function handlerOf(action: unknown, name: string, owner: object): Handler {
  if (action === null) return () => {};
  if (typeof action === 'function') return action as Handler;
  const method =
    typeof action === 'string' ? (owner as Record<string, unknown>)[action] : undefined;
  if (typeof method === 'function') return (signal) => Reflect.apply(method, owner, [signal]);
  throw new DaemonError(
    'INVALID_ARGUMENT',
    `signalMap: the action of ${name} must be null (ignore), a function, or the name of a method of the context, not ${JSON.stringify(action) ?? typeof action}`,
  );
}

/** Call what is returned to put back what was there. */
export function installSignalMap(map: ReadonlyMap<number, Handler>): () => void {
  const releases = [...map].map(([number, handler]) => onSignal(number, handler));
  return () => {
    for (const release of releases) release();
  };
}
