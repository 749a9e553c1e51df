import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import { NAMES } from '../victims.ts';

/** A daemon writes more than its disk can hold, while its log is read. The disk is not that of the records. */
export const logFlood: Scenario = {
  name: 'log-flood',
  weight: 1,
  async run(world, random) {
    const name = random.pick(NAMES);
    const folder = join(world.folder, 'flooded');
    mkdirSync(folder, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'flooded', folder]);
    try {
      await world.daimon(['delete', '--force', name]);
      const log = ['--log', join(folder, 'log')];
      await world.start(name, 'flood', new Random(0), { startOptions: log });
      await Promise.all([
        world.daimon(['logs', '-n', '10', name]),
        world.daimon(['logs', '-f', '--until-end', name], { isQuiet: true }),
        world.daimon(['stop', name]),
      ]);
    } finally {
      execFileSync('umount', ['--lazy', folder]);
    }
  },
};
