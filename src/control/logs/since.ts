import { DaemonError } from '../../errors.ts';
import { lineTime, timeOfLine } from './line-time.ts';
import { LineSplitter, type LogFile } from './log-file.ts';

const AGO = /^-?(\d+(?:\.\d+)?) ?(s|m|min|h|d|w)(?: ago)?$/;
const UNITS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Parses `--since`: `10m`, `2h`, `1d`; `10:30`, `today`, `yesterday`; `2026-11-20`, `2026-11-20T10:00`, with or without seconds and zone; `@1763632800`. */
export function parseSince(text: string, nowMs: number): number {
  const given = text.trim();
  const [, amount, unit = ''] = AGO.exec(given) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (UNITS_MS[unit] ?? Number.NaN);
  if (/^@\d+(\.\d+)?$/.test(given)) return Number(given.slice(1)) * 1000;
  const today = new Date(nowMs);
  if (given === 'today') return today.setHours(0, 0, 0, 0);
  if (given === 'yesterday')
    return new Date(today.setHours(0, 0, 0, 0)).setDate(today.getDate() - 1);
  const [, hour, minute, second = 0] = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/.exec(given) ?? [];
  if (hour !== undefined && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60)
    return today.setHours(Number(hour), Number(minute), Number(second), 0);
  const isDay = /^\d{4}-\d\d-\d\d$/.test(given);
  const time = /^\d{4}-/.test(given) ? lineTime(isDay ? `${given} 00:00` : given, nowMs) : null;
  if (time !== null) return time;
  throw new DaemonError(
    'INVALID_ARGUMENT',
    `--since "${text}" is no time; write 10m, 2h, 1d, 10:30, yesterday, 2026-11-20 or 2026-11-20T10:00`,
  );
}

/** Where the lines since a time begin; `untimed`: the log's lines do not tell their time. */
export type SinceResult = { kind: 'found'; positionBytes: number } | { kind: 'untimed' };

const SMALL_BYTES = 65_536;
const SAMPLE_BYTES = 1_048_576;

/**
 * Finds by bisection the first line whose own time is at or after `sinceMs`. Lines must stand in the order of
 * their times, as appended ones do. A line without a time belongs to the one before it.
 */
export function findSince(file: LogFile, sinceMs: number, nowMs: number): SinceResult {
  const sizeBytes = file.sizeBytes;
  const first = firstTimed(file, 0, Math.min(SAMPLE_BYTES, sizeBytes), nowMs);
  const lastSample = Math.max(0, sizeBytes - SAMPLE_BYTES);
  if (first === null && firstTimed(file, lastSample, sizeBytes, nowMs) === null)
    return { kind: 'untimed' };
  // Before `low` all is earlier; `answer` is the earliest line known to be late enough.
  let [low, high, answer] = [0, sizeBytes, sizeBytes];
  while (high - low > SMALL_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const probe = firstTimed(file, middle, Math.min(high, middle + SAMPLE_BYTES), nowMs);
    // A long stretch that does not tell its time: read on from what is known.
    if (probe === null) break;
    if (probe.timeMs >= sinceMs) {
      answer = probe.positionBytes;
      high = middle;
    } else low = probe.positionBytes;
  }
  for (const line of timedLines(file, low, answer, nowMs)) {
    if (line.timeMs >= sinceMs) return { kind: 'found', positionBytes: line.positionBytes };
  }
  return { kind: 'found', positionBytes: answer };
}

interface TimedLine {
  readonly positionBytes: number;
  readonly timeMs: number;
}

function firstTimed(file: LogFile, from: number, to: number, nowMs: number): TimedLine | null {
  for (const line of timedLines(file, from, to, nowMs)) return line;
  return null;
}

/** The lines that tell their time and begin in [from, to); `from` may be inside of a line, which is then left out. */
function* timedLines(file: LogFile, from: number, to: number, nowMs: number): Generator<TimedLine> {
  const splitter = new LineSplitter();
  let isWhole = from === 0 || file.readAt(from - 1, 1)[0] === 0x0a;
  let positionBytes = from;
  const timed = function* (lines: Iterable<Buffer>): Generator<TimedLine> {
    for (const line of lines) {
      const timeMs = isWhole ? timeOfLine(line, nowMs) : null;
      if (timeMs !== null) yield { positionBytes, timeMs };
      isWhole = true;
      positionBytes += line.length + 1;
    }
  };
  for (let at = from; at < to; ) {
    const block = file.readAt(at, Math.min(SMALL_BYTES, to - at));
    if (block.length === 0) return;
    at += block.length;
    yield* timed(splitter.push(block));
  }
  // A line that goes on behind `to` is cut: its time may be too.
  if (to >= file.sizeBytes) yield* timed(splitter.flush());
}
