import { anyCommand } from '../commands.ts';
import type { Scenario } from '../scenario.ts';
import { NAMES } from '../victims.ts';

/** SIGKILL for daemons or for some of their children, and commands at the same time. */
export const killedDaemon: Scenario = {
  name: 'killed-daemon',
  weight: 3,
  async run(world, random) {
    const [first, second] = [random.branch(), random.branch()];
    const commands = [anyCommand(world, first), anyCommand(world, second)];
    for (const name of NAMES)
      for (const { pid } of world.processesOf(name)) if (random.chance(0.5)) kill(pid);
    await Promise.all(commands);
  },
};

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
