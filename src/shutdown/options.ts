import { DaemonError } from '../errors.ts';
import { jobSignals } from '../os/job-signals.ts';
import { type SignalLike, signalNumber } from '../request/received-signal.ts';
import type { StopReason } from './notice.ts';

export interface GracefulShutdownOptions {
  /** What asks to stop. Default SIGTERM and SIGINT. */
  signals?: readonly SignalLike[];
  /** From the signal to the forced end, in milliseconds. Default 10,000. */
  graceMs?: number;
  /**
   * Signals closer together than this are one request: a terminal and a wrapper that passes the
   * signal on, or a burst. A later one ends the process at once. In milliseconds, default 50.
   */
  burstMs?: number;
  /** Of a forced end. Default 128 + the signal's number; 1 after {@link GracefulShutdown.request}. */
  forceExitCode?: number;
  /** Of a clean stop. Default 0. A hook that failed or an uncaught error makes it 1. */
  exitCode?: number | ((reason: StopReason) => number);
  /**
   * `shutdown`: an uncaught exception or unhandled rejection is printed and stops the program
   * gracefully, exit code 1. Default `leave`: what Node does.
   */
  uncaughtErrors?: 'shutdown' | 'leave';
}

/** The options as they are used: checked, complete. */
export interface ShutdownPlan {
  readonly signals: readonly number[];
  readonly graceMs: number;
  readonly burstMs: number;
  readonly forceExitCode: number | null;
  readonly exitCode: (reason: StopReason) => number;
  readonly uncaughtErrors: 'shutdown' | 'leave';
}

const DEFAULT_PLAN: ShutdownPlan = {
  signals: ['SIGTERM', 'SIGINT'].map((name) => signalNumber(name)),
  graceMs: 10_000,
  burstMs: 50,
  forceExitCode: null,
  exitCode: () => 0,
  uncaughtErrors: 'leave',
};

const SIGKILL = 9;

/**
 * The plan changed by what the options say.
 * @throws DaemonError INVALID_ARGUMENT
 */
export function planShutdown(
  options: GracefulShutdownOptions,
  before: ShutdownPlan = DEFAULT_PLAN,
): ShutdownPlan {
  const { exitCode, uncaughtErrors = before.uncaughtErrors } = options;
  if (uncaughtErrors !== 'shutdown' && uncaughtErrors !== 'leave') {
    throw invalid('uncaughtErrors', uncaughtErrors, '"shutdown" or "leave"');
  }
  return {
    signals: options.signals === undefined ? before.signals : checkedSignals(options.signals),
    graceMs: checkMs('graceMs', options.graceMs ?? before.graceMs),
    burstMs: checkMs('burstMs', options.burstMs ?? before.burstMs),
    forceExitCode:
      options.forceExitCode === undefined
        ? before.forceExitCode
        : checkExitCode('forceExitCode', options.forceExitCode),
    exitCode: exitCode === undefined ? before.exitCode : exitCodeFunction(exitCode),
    uncaughtErrors,
  };
}

function checkedSignals(signals: readonly SignalLike[]): number[] {
  const numbers = [...new Set(signals.map(signalNumber))];
  // Their disposition cannot be changed: signal(7).
  const uncatchable = [SIGKILL, jobSignals().SIGSTOP];
  const impossible = signals.find((signal) => uncatchable.includes(signalNumber(signal)));
  if (impossible === undefined) return numbers;
  throw invalid('signals', String(impossible), 'signals that a process can catch');
}

function exitCodeFunction(
  exitCode: number | ((reason: StopReason) => number),
): (reason: StopReason) => number {
  if (typeof exitCode === 'function') return exitCode;
  checkExitCode('exitCode', exitCode);
  return () => exitCode;
}

// What a timer of Node and poll(2) hold: 24.8 days.
const LONGEST_MS = 2 ** 31 - 1;

/** @throws DaemonError INVALID_ARGUMENT unless it is a number of milliseconds that timers hold. */
export function checkMs(name: string, value: number): number {
  if (Number.isFinite(value) && value >= 0 && value <= LONGEST_MS) return Math.ceil(value);
  throw invalid(name, value, `milliseconds from 0 to ${LONGEST_MS}`);
}

function checkExitCode(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 255) return value;
  throw invalid(name, value, 'a whole number from 0 to 255');
}

function invalid(name: string, value: unknown, expected: string): DaemonError {
  return new DaemonError('INVALID_ARGUMENT', `${name} is ${String(value)}: expected ${expected}.`);
}
