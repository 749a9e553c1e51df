import { EventEmitter } from 'node:events';
import { deserialize, serialize } from 'node:v8';
import { DaemonError } from '../../errors.ts';

/**
 * The arguments as bytes, by the structured clone algorithm as node:v8 has it: Map, Set, Date, BigInt,
 * RegExp, errors, typed arrays and Buffers cross, and cycles; of class instances their own fields do.
 * @throws DaemonError NOT_CLONEABLE, naming the path of the value that cannot cross
 */
export function serializeArgs(args: readonly unknown[]): Buffer {
  try {
    return serialize(args);
  } catch (cause) {
    const { path, value } = findCulprit(args, 'args', new Set()) ?? { path: 'args', value: args };
    throw new DaemonError(
      'NOT_CLONEABLE',
      `${path} is ${describe(value)} and cannot be handed to the daemon, which is another process. ` +
        'Hand over the data it was made from, and make it anew there; open files and sockets go by keepFds',
      { path, cause },
    );
  }
}

/** @throws DaemonError NOT_CLONEABLE for bytes that serializeArgs() has not made */
export function deserializeArgs(bytes: Uint8Array): unknown[] {
  let args: unknown;
  try {
    args = deserialize(bytes);
  } catch (cause) {
    throw unreadable(cause);
  }
  if (Array.isArray(args)) return args;
  throw unreadable(undefined);
}

function unreadable(cause: unknown): DaemonError {
  return new DaemonError('NOT_CLONEABLE', 'The arguments that were handed over cannot be read', {
    cause,
  });
}

interface Culprit {
  readonly path: string;
  readonly value: unknown;
}

/** The deepest value that fails by itself. One that fails only because it leads back to another is passed over. */
function findCulprit(value: unknown, path: string, seen: Set<object>): Culprit | null {
  if (typeof value === 'function' || typeof value === 'symbol') return { path, value };
  if (typeof value !== 'object' || value === null || seen.has(value)) return null;
  seen.add(value);
  if (!fails(value)) return null;
  if (!isOpaque(value)) {
    for (const [key, child] of childrenOf(value)) {
      const found = findCulprit(child, `${path}${key}`, seen);
      if (found !== null) return found;
    }
    if (path !== 'args' && leadsBack(value, seen)) return null;
  }
  return { path, value };
}

function fails(value: unknown): boolean {
  try {
    serialize(value);
    return false;
  } catch {
    return true;
  }
}

/** Sockets, servers, streams, processes: what is wrong with them is what they are. */
function isOpaque(value: object): boolean {
  return value instanceof EventEmitter || value instanceof Promise || '_handle' in value;
}

function leadsBack(value: object, seen: ReadonlySet<object>): boolean {
  return childrenOf(value).some(
    ([, child]) => typeof child === 'object' && child !== null && seen.has(child),
  );
}

function childrenOf(value: object): [string, unknown][] {
  if (Array.isArray(value)) return value.map((child, index) => [`[${index}]`, child]);
  if (value instanceof Map) {
    return [...value].flatMap(([key, child]): [string, unknown][] => [
      ['.keys()', key],
      [`.get(${shortly(key)})`, child],
    ]);
  }
  if (value instanceof Set) return [...value].map((child) => ['.values()', child]);
  return Object.keys(value).map((key) => [keyPath(key), readQuietly(value, key)]);
}

function keyPath(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function shortly(key: unknown): string {
  return typeof key === 'string' ? JSON.stringify(key) : `${String(key)}`;
}

/** A getter that throws is the culprit itself. */
function readQuietly(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return () => {};
  }
}

function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'symbol') return 'a symbol';
  const name = (value as object).constructor?.name ?? 'object';
  return /^[AEIOU]/i.test(name) ? `an ${name}` : `a ${name}`;
}
