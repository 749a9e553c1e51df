import { anyCommand } from '../commands.ts';
import type { Scenario } from '../scenario.ts';

const MOST = 12;

/** Many commands at once, on the same few names. */
export const storm: Scenario = {
  name: 'storm',
  weight: 4,
  async run(world, random) {
    const branches = Array.from({ length: random.between(3, MOST) }, () => random.branch());
    await Promise.all(branches.map((branch) => anyCommand(world, branch)));
  },
};
