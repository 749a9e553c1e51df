import { setTimeout as sleep } from 'node:timers/promises';
import { anyCommand, changingCommand } from '../commands.ts';
import type { Scenario } from '../scenario.ts';
import { NAMES } from '../victims.ts';

/** Daemons are stopped by SIGSTOP, or a command is in the middle of its work while others go on. */
export const suspended: Scenario = {
  name: 'suspended',
  weight: 2,
  async run(world, random) {
    for (const name of NAMES)
      for (const { pid } of world.processesOf(name)) if (random.chance(0.5)) stop(pid);
    const [pauseMs, first, second] = [random.between(10, 120), random.branch(), random.branch()];
    await Promise.all([
      changingCommand(world, first, {
        async meanwhile(command) {
          await sleep(pauseMs);
          if (command.kill('SIGSTOP')) await sleep(300);
          command.kill('SIGCONT');
        },
      }),
      anyCommand(world, second),
    ]);
  },
};

function stop(pid: number): void {
  try {
    process.kill(pid, 'SIGSTOP');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
