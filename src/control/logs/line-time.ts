// How far into a line its time may begin, by the longest of the formats: the access log of a web
// server has address and user before it, JSON lines have other fields.
const TIME_WITHIN = 512;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const ISO =
  /^.{0,40}?\b(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?: ?(Z|[+-]\d\d:?\d\d)\b)?/;
const ACCESS_LOG = /\[(\d\d)\/(\w{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d{4})\]/;
const DAY_FIRST = /^.{0,40}?\b(\d{1,2}) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?/;
const SYSLOG = /^(?:<\d+>)?(\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)\b/;
const EPOCH = /^\[?(1\d{9})(\.\d+)?\b/;
const JSON_FIELD =
  /"(?:time|timestamp|ts|@timestamp|datetime|date)" ?: ?(?:"([^"]{1,40})"|(\d{10,16}(?:\.\d+)?))/;
const LATEST_AS_SECONDS = 1e11;

/**
 * When a log line says that it was written, in ms since 1970; null when it does not say.
 * Known: ISO 8601 and `2026/11/20 10:00:00` near the beginning, web servers' access logs,
 * `20 Nov 2026 10:00:00`, syslog's `Nov 20 10:00:00` (of the last twelve months), seconds since 1970,
 * and JSON lines with `time`, `timestamp`, `ts` … Without a zone, local time.
 */
export function lineTime(line: string, nowMs: number): number | null {
  const text = line.slice(0, TIME_WITHIN);
  if (text.startsWith('{')) return jsonTime(text, nowMs);
  return (
    isoTime(text) ??
    accessLogTime(text) ??
    dayFirstTime(text) ??
    syslogTime(text, nowMs) ??
    epochTime(text)
  );
}

/** {@link lineTime} of a line as it was read: no more of it is decoded than can tell. */
export function timeOfLine(line: Buffer, nowMs: number): number | null {
  return lineTime(line.toString('utf8', 0, 2 * TIME_WITHIN), nowMs);
}

function isoTime(text: string): number | null {
  const found = ISO.exec(text);
  if (found === null) return null;
  const [, year, month, day, hour, minute, second, fraction, zone] = found;
  return timeOf([year, Number(month) - 1, day, hour, minute, second ?? 0], fraction, zone);
}

function accessLogTime(text: string): number | null {
  const [, day, month = '', year, hour, minute, second, zone] = ACCESS_LOG.exec(text) ?? [];
  return timeOf([year, monthOf(month), day, hour, minute, second], undefined, zone);
}

function dayFirstTime(text: string): number | null {
  const [, day, month = '', year, hour, minute, second, fraction] = DAY_FIRST.exec(text) ?? [];
  return timeOf([year, monthOf(month), day, hour, minute, second], fraction, undefined);
}

const A_DAY_MS = 86_400_000;

/** syslog(3) of old names no year: the latest that does not lie in the future. */
function syslogTime(text: string, nowMs: number): number | null {
  const [, month = '', day, hour, minute, second] = SYSLOG.exec(text) ?? [];
  const year = new Date(nowMs).getFullYear();
  const time = timeOf([year, monthOf(month), day, hour, minute, second], undefined, undefined);
  if (time === null || time <= nowMs + A_DAY_MS) return time;
  return timeOf([year - 1, monthOf(month), day, hour, minute, second], undefined, undefined);
}

function epochTime(text: string): number | null {
  const [, seconds, fraction = ''] = EPOCH.exec(text) ?? [];
  return seconds === undefined ? null : Number(seconds + fraction) * 1000;
}

function jsonTime(text: string, nowMs: number): number | null {
  const [, words, number] = JSON_FIELD.exec(text) ?? [];
  if (words !== undefined) return lineTime(words, nowMs);
  if (number === undefined) return null;
  return Number(number) < LATEST_AS_SECONDS ? Number(number) * 1000 : Number(number);
}

function monthOf(name: string): number {
  const month = MONTHS.indexOf(name.toLowerCase());
  return month < 0 ? Number.NaN : month;
}

/** null for what is no time; a zone of undefined is the local one. */
function timeOf(
  fields: readonly (string | number | undefined)[],
  fraction: string | undefined,
  zone: string | undefined,
): number | null {
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = fields.map(Number);
  if (![year, month, day, hour, minute, second].every(Number.isInteger)) return null;
  if (month > 11 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null;
  const ms = fraction === undefined ? 0 : Math.floor(Number(`0.${fraction}`) * 1000);
  if (zone === undefined) return new Date(year, month, day, hour, minute, second, ms).getTime();
  return Date.UTC(year, month, day, hour, minute, second, ms) - zoneOffsetMs(zone);
}

function zoneOffsetMs(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  const offsetMs = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return sign === '-' ? -offsetMs : offsetMs;
}
