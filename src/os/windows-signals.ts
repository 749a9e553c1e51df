import type { ProcessRef } from '../process-ref.ts';
import * as hearing from './hear-signals.ts';
import { native, nativePath } from './native.ts';
import type { Delivery } from './system.ts';

// A thread of its own answers within a millisecond, unless the process is suspended.
const ANSWER_MS = 1000;

/** Asks on the pipe of the process; `hasEnded` tells afterwards whether it still is there. */
export function sendSignal(
  ref: ProcessRef,
  signalNumber: number,
  hasEnded: () => boolean,
): Delivery {
  const outcome = native().sendSignal(ref.pid, ref.startTime, signalNumber, ANSWER_MS);
  if (outcome === 'refused') return { kind: 'refused', cause: refusal(ref) };
  if (outcome === 'unheard' && hasEnded()) return { kind: 'gone' };
  return { kind: outcome };
}

function refusal({ pid }: ProcessRef): Error {
  const message = `EPERM: process ${pid} takes signals of its own user and of administrators only`;
  return Object.assign(new Error(message), { code: 'EPERM', syscall: 'CreateFile' });
}

export function heeds(ref: ProcessRef, signalNumber: number): boolean | null {
  const heeded = native().heededSignals(ref.pid, ref.startTime, ANSWER_MS);
  return heeded === null ? null : (heeded & (1 << signalNumber)) !== 0;
}

export function hearSignals(): void {
  hearing.hearSignals(native(), nativePath());
}

export function raise(signalNumber: number): void {
  native().raiseSignal(signalNumber);
}
