import { system } from '../os/index.ts';
import { native } from '../os/native.ts';
import { signalName } from '../os/signals.ts';
import { stopListening } from '../os/stop-listening.ts';
import { type ReceivedSignal, signalClass } from '../request/received-signal.ts';
import { type StopFlag, stopFlag } from './stop-flag.ts';

/** Why a program stops: the signal it received, or what it said itself. */
export type StopReason = ReceivedSignal | Error;

export interface NoticePlan {
  /** Signal numbers. */
  readonly signals: readonly number[];
  readonly graceMs: number;
  readonly burstMs: number;
  /** What the process ends with when the deadline passes. null: 128 + the signal's number. */
  readonly forceExitCode: number | null;
}

const ITSELF = -1;
// For a deadline that passes after request(): there is no signal to add to 128.
const FORCED_FROM_INSIDE = 1;

/**
 * Hears the signals, natively and on the event loop.
 *
 * The listener on `process` comes first and stays: libuv installs its handler for the first
 * listener of a signal and resets the signal to its default with the last, without looking who
 * else is there. While ours is registered it does neither, so the native handler put in front of
 * libuv's stays there and passes every signal on: other listeners work as before.
 */
export class StopNotice {
  readonly flag: StopFlag = stopFlag();
  readonly #onSignal: (name: string, number: number) => void;
  readonly #heard = new Set<NodeJS.Signals>();
  readonly #onEmptyLoop: () => void;
  #plan: NoticePlan | undefined;
  #ownReason: Error | undefined;
  #reason: StopReason | undefined;

  constructor(onSignal: () => void) {
    this.#onSignal = (_, number) => {
      // Between the listener and the native handler, or when somebody replaced the handler.
      if (this.flag.cause === 0) native().requestStop(number, this.#forcedExitCode(number));
      onSignal();
    };
    // A worker that was asked may have ended, and with it all that kept the loop, before the loop hears of it (Deno).
    this.#onEmptyLoop = () => {
      if (this.flag.cause !== 0) onSignal();
    };
  }

  /** Also called again to change the plan: no signal falls into a gap. */
  arm(plan: NoticePlan): void {
    const names = plan.signals.map((number) => signalName(number) as NodeJS.Signals);
    for (const name of names) {
      if (!this.#heard.has(name)) process.on(name, this.#onSignal);
      this.#heard.add(name);
    }
    process.off('beforeExit', this.#onEmptyLoop).on('beforeExit', this.#onEmptyLoop);
    this.#plan = plan;
    system().hearSignals();
    const codes = plan.signals.map((number) => this.#forcedExitCode(number));
    native().armStop([...plan.signals], codes, plan.graceMs, plan.burstMs);
    this.#stopHearing([...this.#heard].filter((name) => !names.includes(name)));
  }

  /** False when something asked before. */
  request(reason: Error): boolean {
    const asked = native().requestStop(ITSELF, this.#plan?.forceExitCode ?? FORCED_FROM_INSIDE);
    if (asked) this.#ownReason = reason;
    return asked;
  }

  /** null while nobody asked. True at once, like the flag. */
  get reason(): StopReason | null {
    const { cause, sender } = this.flag;
    if (cause === 0) return null;
    this.#reason ??=
      cause > 0
        ? new (signalClass(cause))(undefined, sender)
        : (this.#ownReason ?? new Error('stop'));
    return this.#reason;
  }

  /**
   * Puts back what was there. A signal that arrived while the program was stopping by itself is
   * sent again, to whoever hears it now: it was asked of the whole program.
   */
  disarm(): void {
    const missed = this.flag.cause === ITSELF ? this.flag.lastSignal : 0;
    // Native first: it puts libuv's handler back, which libuv then removes with its last listener.
    native().disarmStop();
    this.#stopHearing([...this.#heard]);
    process.off('beforeExit', this.#onEmptyLoop);
    this.#reason = undefined;
    this.#ownReason = undefined;
    if (missed > 0) system().raise(missed);
  }

  #forcedExitCode(signal: number): number {
    return this.#plan?.forceExitCode ?? 128 + signal;
  }

  #stopHearing(names: readonly NodeJS.Signals[]): void {
    for (const name of names) {
      stopListening(name, this.#onSignal);
      this.#heard.delete(name);
    }
  }
}
