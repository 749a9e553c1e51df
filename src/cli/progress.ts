import type { Session } from './command.ts';

const QUIET_MS = 400;
const REFRESH_MS = 250;
const CLEAR_LINE = '\r\u001b[K';

/**
 * Shows on a terminal, while `work` takes long, one line that tells how long: `text(elapsedMs)`.
 * The line is gone afterwards; where standard error is no terminal nothing is shown.
 */
export async function withProgress<T>(
  session: Session,
  text: (elapsedMs: number) => string,
  work: Promise<T>,
): Promise<T> {
  if (!process.stderr.isTTY) return await work;
  const startedMs = performance.now();
  let shown = false;
  const draw = () => {
    const elapsedMs = performance.now() - startedMs;
    if (elapsedMs < QUIET_MS) return;
    shown = true;
    process.stderr.write(`${CLEAR_LINE}${text(elapsedMs).slice(0, session.widthColumns - 1)}`);
  };
  const timer = setInterval(draw, REFRESH_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (shown) process.stderr.write(CLEAR_LINE);
  }
}
