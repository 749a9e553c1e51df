import type { Random } from './random.ts';

/** What the daemons are, each bad in its own way; see programs/victim.c. */
export const KINDS = [
  'plain',
  'deaf',
  'planter',
  'comet',
  'slow-comet',
  'closes-all',
  'notifier',
  'early',
  'short',
] as const;

export type Kind = (typeof KINDS)[number] | 'flood';

/** Few names, so that commands meet. */
export const NAMES = ['ant', 'bee', 'cat'] as const;

const LASTING = ['plain', 'deaf', 'planter', 'slow-comet', 'notifier'] as const;

/** Options of a start that fit the kind, and some that do not: those are to fail, and to say so. */
export function readiness(kind: Kind, random: Random): string[] {
  if (kind === 'notifier') return ['--ready', 'notify', '--ready-timeout', '10s'];
  return random.weighed([
    [['--ready', 'exec'], 6],
    [['--settle', '20ms'], 3],
    [['--ready', 'notify', '--ready-timeout', '150ms'], 1],
    [['--ready', 'fd:5', '--ready-timeout', '150ms'], 1],
  ]);
}

export function anyKind(random: Random): Kind {
  return random.pick(KINDS);
}

/** One that stays until it is stopped. */
export function lastingKind(random: Random): Kind {
  return random.pick(LASTING);
}
