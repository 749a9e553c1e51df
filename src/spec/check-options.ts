import { DaemonError } from '../errors.ts';
import { nearestWord } from '../suggest.ts';

type Kind = 'string' | 'number' | 'boolean' | 'function' | 'object' | 'any';

/**
 * Checks an options object as a whole: no unknown names, no wrong types. `undefined` is as good as
 * not given. What the values mean is checked where they are used.
 * @throws DaemonError UNKNOWN_OPTION, naming the nearest; INVALID_ARGUMENT
 */
export function checkOptions(
  options: unknown,
  known: Readonly<Record<string, Kind | readonly Kind[]>>,
  owner: string,
): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new DaemonError('INVALID_ARGUMENT', `The options of ${owner} must be an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    const kinds = Object.hasOwn(known, name) ? known[name] : undefined;
    if (kinds === undefined) throw unknownOption(name, Object.keys(known), owner);
    if (value === undefined || fits(value, kinds)) continue;
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `The option "${name}" of ${owner} must be ${[kinds].flat().join(' or ')}, not ${describe(value)}`,
    );
  }
}

function fits(value: unknown, kinds: Kind | readonly Kind[]): boolean {
  return [kinds].flat().some((kind) => kind === 'any' || kind === kindOf(value));
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'string' ? JSON.stringify(value) : kindOf(value);
}

function unknownOption(name: string, known: readonly string[], owner: string): DaemonError {
  const near = nearestWord(name, known);
  const hint = near === null ? `Known: ${known.join(', ')}` : `Did you mean "${near}"?`;
  return new DaemonError('UNKNOWN_OPTION', `${owner} has no option "${name}". ${hint}`);
}

/** A time in milliseconds: not negative, no NaN; `Infinity` is for ever. */
export function checkTimeMs(value: number | undefined, option: string): number | undefined {
  if (value === undefined || value >= 0) return value;
  throw new DaemonError(
    'INVALID_ARGUMENT',
    `${option} must be a number of milliseconds, not negative, not ${value}`,
  );
}
