import { DaemonError } from '../errors.ts';
import { system } from '../os/index.ts';
import { resources } from '../os/resources.ts';
import type { LimitSpec } from './daemon-spec.ts';

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  K: 2 ** 10,
  M: 2 ** 20,
  G: 2 ** 30,
  T: 2 ** 40,
};

/** Parses `--limit nofile=1024`, `nofile=1024:4096`, `as=2G`, `core=unlimited`. */
export function parseLimit(text: string): LimitSpec {
  const [, name, soft, hard] = /^([a-z]+)=([^:]+)(?::([^:]+))?$/.exec(text.toLowerCase()) ?? [];
  if (name === undefined || soft === undefined) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `"${text}" is no limit; write RESOURCE=SOFT or RESOURCE=SOFT:HARD, for example nofile=4096:8192`,
    );
  }
  const lack = system().lacks.limit;
  if (lack !== undefined) throw new DaemonError('UNSUPPORTED', `--limit ${text}: ${lack}`);
  if (!resources().has(name)) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `There is no limit "${name}" on this system; known: ${[...resources().keys()].join(', ')}`,
    );
  }
  const limit = {
    resource: name,
    soft: parseAmount(soft, text),
    hard: parseAmount(hard ?? soft, text),
  };
  if (limit.hard !== null && (limit.soft === null || limit.soft > limit.hard)) {
    throw new DaemonError('INVALID_ARGUMENT', `The limit "${text}" is above its own hard limit`);
  }
  return limit;
}

function parseAmount(text: string, whole: string): number | null {
  if (text === 'unlimited' || text === 'infinity' || text === '-1') return null;
  const found = /^(\d+)([kmgt]?)i?b?$/.exec(text);
  const amount = Number(found?.[1]) * (FACTORS[(found?.[2] ?? '').toUpperCase()] ?? Number.NaN);
  if (Number.isSafeInteger(amount)) return amount;
  throw new DaemonError(
    'INVALID_ARGUMENT',
    `"${text}" in the limit "${whole}" is no amount; write 4096, 2G or unlimited`,
  );
}
