import { DaemonError } from '../../errors.ts';
import { jobSignals } from '../../os/job-signals.ts';
import { parseSignal, signalName, signalNumbers } from '../../os/signals.ts';

const SIGKILL = 9;

/** KILL and STOP reach no program; CHLD tells of our own children. */
function isNeverForwarded(number: number): boolean {
  const { SIGCHLD, SIGSTOP } = jobSignals();
  return [SIGKILL, SIGCHLD, SIGSTOP].includes(number);
}

/** Every signal that can be passed on, in order. */
export function forwardableSignals(): number[] {
  return signalNumbers().filter((number) => !isNeverForwarded(number));
}

/** What becomes of a signal on its way to the child: another one, or nothing (null). */
export type Rewrites = ReadonlyMap<number, number | null>;

/** Parses each `TERM:QUIT`, `15:3`, `USR1:0`. The last one said of a signal counts. */
export function parseRewrites(texts: readonly string[]): Rewrites {
  return new Map(texts.map(parseRewrite));
}

function parseRewrite(text: string): [number, number | null] {
  const [from, to, ...more] = text.split(':');
  if (!from || !to || more.length > 0) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `--rewrite "${text}" is no rewrite; write FROM:TO, for example TERM:QUIT, or TERM:0 to drop it`,
    );
  }
  const number = parseSignal(from);
  if (isNeverForwarded(number)) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `--rewrite "${text}": ${signalName(number)} is never forwarded, so it cannot be rewritten`,
    );
  }
  return [number, to === '0' ? null : parseSignal(to)];
}

/** The signal that the child gets for one of ours; null for none. */
export function rewrite(rewrites: Rewrites, number: number): number | null {
  const other = rewrites.get(number);
  return other === undefined ? number : other;
}
