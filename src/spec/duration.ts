import { DaemonError } from '../errors.ts';

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
/** The longest that a timer of Node can be set to: 24 days. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Parses `10s`, `500ms`, `1.5m`, `2h`; a bare number is seconds. `option` is named in the error. */
export function parseDuration(text: string, option: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)?$/.exec(text.trim());
  const durationMs = Number(found?.[1]) * (UNITS_MS[found?.[2] ?? 's'] ?? Number.NaN);
  if (durationMs <= LONGEST_TIMER_MS) return Math.round(durationMs);
  throw new DaemonError(
    'INVALID_ARGUMENT',
    `${option} "${text}" is no duration; write 10s, 500ms, 2m or a number of seconds, up to 24 days`,
  );
}

/** For people: `850 ms`, `12.3 s`, `4m 10s`, `3h 2m`, `5d 4h`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  const seconds = durationMs / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds)} s`;
  const whole = Math.floor(seconds);
  const parts: [number, string][] = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .map(([amount, unit]) => `${amount}${unit}`)
    .join(' ');
}
