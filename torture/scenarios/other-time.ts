import { spawnSync } from 'node:child_process';
import { anyCommand } from '../commands.ts';
import type { Scenario } from '../scenario.ts';

const MOST_SECONDS = 10_000_000;

function inTimeNamespace(seconds: number): string[] {
  const clocks = ['--monotonic', String(seconds), '--boottime', String(seconds)];
  return ['unshare', '--time', ...clocks, '--fork', '--kill-child', '--'];
}

/** Commands, and the daemons they start, count from another boot than the others: time_namespaces(7). */
export const otherTime: Scenario = {
  name: 'other-time',
  weight: 2,
  lacks() {
    const [file = '', ...args] = [...inTimeNamespace(1), 'true'];
    return spawnSync(file, args).status === 0 ? null : 'no time namespaces here';
  },
  async run(world, random) {
    for (let count = random.between(2, 5); count > 0; count--) {
      const under = inTimeNamespace(random.between(1, MOST_SECONDS));
      await anyCommand(world, random.branch(), random.chance(0.6) ? { under } : {});
    }
  },
};
