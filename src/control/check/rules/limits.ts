import type { CheckFacts, Limit } from '../facts.ts';
import { type Finding, pass, remark } from '../finding.ts';

const FEWEST_FILES = 1024;
const MOST_FILES = 1_048_576;

const say = (amount: number | null | undefined) => (amount == null ? 'unlimited' : String(amount));

/** core(5): a dump holds all that the program had in memory, its secrets too. */
export function checkCore({ limits, expected }: CheckFacts): Finding {
  const core = limits.get('max core file size');
  if (core?.soft === 0) return pass('limit-core', '0: no core dumps');
  if (expected?.core) return pass('limit-core', `${say(core?.soft)}, as asked for`);
  return remark(
    'limit-core',
    `${say(core?.soft)}: a crash may write its memory, with its secrets, to a file`,
    'Unless dumps are wanted: daimon start, without --core',
  );
}

export function checkOpenFiles({ limits }: CheckFacts): Finding {
  const { soft, hard } = limits.get('max open files') ?? { soft: null, hard: null };
  const text = `${say(soft)}, at most ${say(hard)}`;
  if (soft !== null && soft < FEWEST_FILES) {
    return remark(
      'limit-nofile',
      `${text}: fewer than programs expect`,
      `daimon start --limit nofile=${FEWEST_FILES}`,
    );
  }
  if (soft === null || soft > MOST_FILES) {
    return remark(
      'limit-nofile',
      `${text}: programs that walk through all descriptors, or use select(2), suffer`,
      'daimon start --limit nofile=65536',
    );
  }
  return pass('limit-nofile', text);
}

// Those that end or fail a program after a while: getrlimit(2).
const DEADLY: readonly (readonly [string, string])[] = [
  ['max cpu time', 'seconds of processor time, then SIGXCPU'],
  ['max file size', 'bytes a file, then SIGXFSZ'],
  ['max address space', 'bytes of address space, then no more memory'],
  ['max data size', 'bytes of data, then no more memory'],
];

export function checkOtherLimits({ limits }: CheckFacts): Finding {
  const set = DEADLY.flatMap(([title, effect]) => {
    const limit: Limit | undefined = limits.get(title);
    return limit === undefined || limit.soft === null ? [] : [`${limit.soft} ${effect}`];
  });
  if (set.length === 0) return pass('limits', 'none on time, file size or memory');
  return remark(
    'limits',
    set.join('; '),
    'Unless they were meant: ulimit, or daimon start --limit',
  );
}
