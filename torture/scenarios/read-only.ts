import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { changingCommand } from '../commands.ts';
import type { Scenario } from '../scenario.ts';

/** One of daimon's folders cannot be written to for a while. In a mount namespace, so that root minds. */
export const readOnly: Scenario = {
  name: 'read-only',
  weight: 3,
  async run(world, random) {
    const folder = join(world.home, random.pick(['run', 'state', 'logs']));
    if (!existsSync(folder)) return;
    execFileSync('mount', ['--bind', folder, folder]);
    try {
      execFileSync('mount', ['-o', 'remount,bind,ro', folder]);
      for (let count = random.between(1, 3); count > 0; count--)
        await changingCommand(world, random);
    } finally {
      execFileSync('umount', ['--lazy', folder]);
    }
  },
};
