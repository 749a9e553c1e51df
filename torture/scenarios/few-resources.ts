import { changingCommand } from '../commands.ts';
import type { Scenario } from '../scenario.ts';

/** Limits that a caller may have set, which its daemons inherit: files, memory, the size of files, processes. */
export const fewResources: Scenario = {
  name: 'few-resources',
  weight: 3,
  async run(world, random) {
    const limit = random.weighed([
      [`--nofile=${random.between(16, 40)}`, 4],
      [`--as=${random.between(600, 1400) * 2 ** 20}`, 2],
      // With less than 60 MB, a bare `node -e 0` hangs.
      [`--data=${random.between(80, 300) * 2 ** 20}`, 2],
      [`--fsize=${random.between(0, 3000)}`, 2],
      ['--core=0', 1],
      [`--stack=${random.between(200, 900) * 2 ** 10}`, 1],
    ]);
    // Below some of these Node itself ends before it runs a line of ours.
    await changingCommand(world, random, { under: ['prlimit', limit], mayBeMute: true });
  },
};
