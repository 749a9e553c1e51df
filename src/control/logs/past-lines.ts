import { timeOfLine } from './line-time.ts';
import type { LogFile } from './log-file.ts';
import type { LogSource } from './sources.ts';

export interface LogLine {
  readonly source: LogSource;
  /** Without its line end. */
  readonly bytes: Buffer;
}

/** A log open at its first wanted line, and where its past ends. */
export interface OpenLog {
  readonly source: LogSource;
  readonly file: LogFile;
  readonly endBytes: number;
}

/**
 * The lines of several logs in the order of their own times, as far as they tell them: a line without a time
 * stays behind the one before it, and a log whose lines tell none comes first, whole.
 */
export function* mergeLines(logs: readonly OpenLog[], nowMs: number): Generator<LogLine> {
  const [only] = logs;
  if (only !== undefined && logs.length === 1) {
    for (const bytes of only.file.lines(only.endBytes)) yield { source: only.source, bytes };
    return;
  }
  const heads = logs.map((log) => new Head(log, nowMs));
  for (;;) {
    let earliest: Head | null = null;
    for (const head of heads) {
      if (head.line !== null && (earliest === null || head.timeMs < earliest.timeMs))
        earliest = head;
    }
    if (earliest === null || earliest.line === null) return;
    yield { source: earliest.source, bytes: earliest.line };
    earliest.advance();
  }
}

/** The next line of one log, and the time it stands at. */
class Head {
  readonly source: LogSource;
  line: Buffer | null = null;
  timeMs = Number.NEGATIVE_INFINITY;
  readonly #lines: Generator<Buffer>;
  readonly #nowMs: number;

  constructor({ source, file, endBytes }: OpenLog, nowMs: number) {
    this.source = source;
    this.#lines = file.lines(endBytes);
    this.#nowMs = nowMs;
    this.advance();
  }

  advance(): void {
    const next = this.#lines.next();
    this.line = next.done ? null : next.value;
    if (this.line !== null) this.timeMs = timeOfLine(this.line, this.#nowMs) ?? this.timeMs;
  }
}
