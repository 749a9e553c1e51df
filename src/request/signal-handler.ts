import { setMaxListeners } from 'node:events';
import { isMainThread } from 'node:worker_threads';
import { DaemonError } from '../errors.ts';
import { onSignal } from './captured-signals.ts';
import { endBySignal, endWhenUncaught } from './end-by-signal.ts';
import { IGNORE_SIGNAL, type ReceivedSignal, SIGABRT, SIGINT, SIGTERM } from './received-signal.ts';
import { actionKey, checkActions, type SignalActions, SignalProperties } from './signal-actions.ts';

/** Handled from the start on, also without an action of their own. */
const ALWAYS = [SIGINT, SIGTERM, SIGABRT].map(({ SIGNUM }) => SIGNUM);

/**
 * Handles signals while it is started. Actions are properties, assigned, replaced and deleted at any
 * time: `handler.sighup = reload`, `delete handler.sighup`. SIGINT, SIGTERM and SIGABRT are handled
 * from {@link start} on, others once an action was assigned. It does not keep the program alive.
 *
 * The default action raises the signal: {@link signal} aborts with the `ReceivedSignal` as its reason,
 * so that every `await` that was given it rejects. Where nobody has asked for {@link signal}, the
 * process shuts down (through `gracefulShutdown()` if it has one) and ends with 128 + the signal's
 * number; so it does when the rejection is not caught.
 *
 * Real-time signals are handled as others are, by their names from `sigrtmin` on (Linux).
 *
 * @example
 * const handler = new SignalHandler('app.pid', { sighup: () => reload() })
 * handler.start()
 * await setTimeout(60_000, undefined, { signal: handler.signal })   // rejects with SIGTERM
 */
export class SignalHandler extends SignalProperties {
  /** The daemon's PID file: where there are no signals (Windows), it says where to listen for them. */
  readonly pidFile: string;
  readonly #wanted = new Set<number>(ALWAYS);
  readonly #releases = new Map<number, () => void>();
  #controller = newController();
  #isAskedFor = false;
  #started = false;

  /** @throws DaemonError INVALID_ARGUMENT, UNKNOWN_OPTION; UNSUPPORTED in a worker thread */
  constructor(pidFile: string, actions: SignalActions = {}) {
    super((signalNumber) => this.#want(signalNumber));
    if (typeof pidFile !== 'string' || pidFile === '')
      throw new DaemonError('INVALID_ARGUMENT', 'SignalHandler needs the path of the PID file');
    if (!isMainThread) {
      throw new DaemonError(
        'UNSUPPORTED',
        'SignalHandler belongs on the main thread, where signals arrive',
      );
    }
    checkActions(actions);
    this.pidFile = pidFile;
    Object.assign(this, actions);
  }

  /** Aborts, with the `ReceivedSignal` as reason, when a signal arrives that has no action. */
  get signal(): AbortSignal {
    this.#isAskedFor = true;
    return this.#controller.signal;
  }

  /** Begins to handle. Does nothing when it has begun already. */
  start(): this {
    if (this.#started) return this;
    this.#started = true;
    if (this.#controller.signal.aborted) this.#controller = newController();
    for (const number of this.#wanted) this.#capture(number);
    return this;
  }

  /** Ends to handle, and puts back what was there. Does nothing when it has ended already. */
  stop(): this {
    this.#started = false;
    for (const release of this.#releases.values()) release();
    this.#releases.clear();
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }

  #want(signalNumber: number): void {
    this.#wanted.add(signalNumber);
    if (this.#started) this.#capture(signalNumber);
  }

  #capture(signalNumber: number): void {
    if (this.#releases.has(signalNumber)) return;
    const release = onSignal(signalNumber, (signal) => this.#act(signal));
    this.#releases.set(signalNumber, release);
  }

  #act(signal: ReceivedSignal): void {
    if (!this.#started) return;
    const action = this[actionKey(signal.SIGNUM)];
    if (action === IGNORE_SIGNAL) return;
    if (action !== undefined) action(signal);
    else if (this.#isAskedFor) this.#raise(signal);
    else endBySignal(signal);
  }

  #raise(signal: ReceivedSignal): void {
    endWhenUncaught(signal);
    this.#controller.abort(signal);
  }
}

function newController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
