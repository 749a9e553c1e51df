import { DaemonError } from '../errors.ts';
import { editDistance } from '../suggest.ts';
import { SENT_SIGNALS } from './hear-signals.ts';

/** The signals of one platform. */
export interface SignalTable {
  /** `SIGTERM` → 15. Where a number has several names, the first is the one it is called by. */
  readonly numbers: ReadonlyMap<string, number>;
  /** First and last real-time signal; null where there are none. */
  readonly realTime: { readonly min: number; readonly max: number } | null;
}

// glibc keeps 32 and 33 for its threads, so the first free one is 34 and the last 64: signal(7).
// musl keeps 34 too; "SIGRTMIN" means the number that shells and systemd of a glibc host mean.
const LINUX_REAL_TIME = { min: 34, max: 64 };

// Second names that os.constants.signals lists, whatever their order there.
const SECOND_NAMES: ReadonlySet<string> = new Set(['SIGIOT', 'SIGPOLL', 'SIGUNUSED', 'SIGCLD']);

/** Builds the table from names and numbers as `os.constants.signals` has them. */
export function signalTable(entries: Readonly<Record<string, number>>): SignalTable {
  const ordered = Object.entries(entries).sort(
    ([a], [b]) => Number(SECOND_NAMES.has(a)) - Number(SECOND_NAMES.has(b)),
  );
  // Windows: there are those that daimon brings to a program, and the end by force.
  if ('SIGBREAK' in entries)
    return { numbers: new Map(Object.entries({ ...SENT_SIGNALS, SIGKILL: 9 })), realTime: null };
  // Only Linux has SIGSTKFLT; Node names no real-time signal anywhere.
  const realTime = 'SIGSTKFLT' in entries ? LINUX_REAL_TIME : null;
  return { numbers: new Map(ordered), realTime };
}

let platform: SignalTable | undefined;

/** The running platform's. Made at the first use: loading node:os costs 0.5 ms. */
function platformTable(): SignalTable {
  platform ??= signalTable(process.getBuiltinModule('node:os').constants.signals);
  return platform;
}

/**
 * The number of a signal given as a name (`SIGTERM`, `TERM`, `term`), a number
 * (`15`, `'15'`) or a real-time signal (`RTMIN+3`, `SIGRTMAX-1`, Linux only).
 *
 * Names and numbers are those of the running platform: Windows knows no SIGQUIT, and SIGABRT is 22 there.
 * @throws DaemonError INVALID_ARGUMENT, naming the nearest signal there is.
 */
export function parseSignal(signal: string | number, table: SignalTable = platformTable()): number {
  const text = String(signal).trim().toUpperCase();
  if (/^\d+$/.test(text)) return checkedNumber(Number(text), table);
  const name = text.startsWith('SIG') ? text : `SIG${text}`;
  const number = table.numbers.get(name) ?? realTimeNumber(name, table);
  if (number !== undefined) return number;
  throw new DaemonError(
    'INVALID_ARGUMENT',
    `There is no signal "${signal}" on this platform. Did you mean ${nearestName(name, table)}?`,
  );
}

/** The name of a signal: `SIGTERM`, `SIGRTMIN+3`; `signal 99` for one that has none. */
export function signalName(number: number, table: SignalTable = platformTable()): string {
  for (const [name, value] of table.numbers) if (value === number) return name;
  const { realTime } = table;
  if (realTime === null || number < realTime.min || number > realTime.max)
    return `signal ${number}`;
  return number === realTime.min ? 'SIGRTMIN' : `SIGRTMIN+${number - realTime.min}`;
}

/** Whether there is a signal of this name, `SIGTERM`, here. */
export function hasSignal(name: string, table: SignalTable = platformTable()): boolean {
  return table.numbers.has(name);
}

/** Every signal number there is, in order. */
export function signalNumbers(table: SignalTable = platformTable()): number[] {
  const numbers = new Set(table.numbers.values());
  const { min, max } = table.realTime ?? { min: 1, max: 0 };
  for (let number = min; number <= max; number++) numbers.add(number);
  return [...numbers].sort((a, b) => a - b);
}

function checkedNumber(number: number, table: SignalTable): number {
  const known = signalNumbers(table);
  if (known.includes(number)) return number;
  throw new DaemonError(
    'INVALID_ARGUMENT',
    `There is no signal ${number} on this platform: signals go from ${known[0]} to ${known.at(-1)}.`,
  );
}

function realTimeNumber(name: string, { realTime }: SignalTable): number | undefined {
  const match = /^SIGRT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name);
  if (match === null || realTime === null) return undefined;
  const [, end, sign, distance = '0'] = match;
  const base = end === 'MIN' ? realTime.min : realTime.max;
  const number = sign === '-' ? base - Number(distance) : base + Number(distance);
  return number >= realTime.min && number <= realTime.max ? number : undefined;
}

// Of several equally near names, the one that people mean: TREM is SIGTERM, not SIGTRAP.
const USUAL = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGKILL', 'SIGUSR1', 'SIGUSR2', 'SIGQUIT'];

function nearestName(name: string, table: SignalTable): string {
  const candidates = [
    ...USUAL.filter((usual) => table.numbers.has(usual)),
    ...table.numbers.keys(),
  ];
  if (table.realTime !== null) candidates.push('SIGRTMIN', 'SIGRTMAX');
  const distances = candidates.map((candidate) => editDistance(name, candidate));
  return candidates[distances.indexOf(Math.min(...distances))] ?? 'SIGTERM';
}
