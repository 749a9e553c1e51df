import { inspect } from 'node:util';

/** Thrown where a parent's scope ends, to unwind what is around it. */
class ParentEnds extends Error {
  override readonly name = 'ParentEnds';
}

/**
 * Ends the process by throwing. A scope cannot see whether its block threw, but the runtime wraps
 * what its end throws around it: then the block's error is printed, and the exit code is 1.
 */
export function endByThrowing(): never {
  const end = new ParentEnds('the daemon runs, so its parent ends here');
  const exit = () => process.exit();
  // Whoever caught it has had the rest of this turn.
  setImmediate(exit);
  process.on('uncaughtExceptionMonitor', (error: unknown) => {
    if (error === end) exit();
    const { error: last, suppressed } = (error ?? {}) as { error?: unknown; suppressed?: unknown };
    if (last !== end) return;
    process.exitCode ||= 1;
    process.stderr.write(`${inspect(suppressed)}\n`);
    exit();
  });
  throw end;
}

/** The parent's block threw: it ends with exit code 1, by that error or, if that is caught, after this turn. */
export function failParent(): void {
  process.exitCode ||= 1;
  setImmediate(() => process.exit());
}
