import { monotonicMs } from '../os/monotonic.ts';
import type { Session } from './command.ts';
import { isTerminal, writeText } from './terminal.ts';

const QUIET_MS = 400;
const REFRESH_MS = 250;
const DEFAULT_COLUMNS = 80;
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
  if (!isTerminal(2)) return await work;
  const startedMs = monotonicMs();
  // Standard output may be a pipe, and as wide as it likes.
  const columns = Math.min(session.widthColumns, process.stderr.columns || DEFAULT_COLUMNS);
  let shown = false;
  const draw = () => {
    const elapsedMs = monotonicMs() - startedMs;
    if (elapsedMs < QUIET_MS) return;
    shown = true;
    writeText(2, `${CLEAR_LINE}${text(elapsedMs).slice(0, columns - 1)}`);
  };
  const timer = setInterval(draw, REFRESH_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (shown) writeText(2, CLEAR_LINE);
  }
}
