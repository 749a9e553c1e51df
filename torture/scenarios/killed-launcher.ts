import { setTimeout as sleep } from 'node:timers/promises';
import { changingCommand } from '../commands.ts';
import type { Scenario } from '../scenario.ts';

// Boot takes some 25 ms; then everything happens within some 10.
const EARLIEST_MS = 10;
const LATEST_MS = 150;

/** SIGKILL for a command at any moment; now and then it is stopped for a while first. */
export const killedLauncher: Scenario = {
  name: 'killed-launcher',
  weight: 4,
  async run(world, random) {
    const afterMs = random.between(EARLIEST_MS, LATEST_MS);
    const isHeld = random.chance(0.3);
    const commands = Array.from({ length: random.between(1, 3) }, () => random.branch());
    await Promise.all(
      commands.map((branch) =>
        changingCommand(world, branch, {
          mayBeMute: true,
          async meanwhile(command) {
            await sleep(afterMs);
            if (isHeld && command.kill('SIGSTOP')) await sleep(afterMs);
            command.kill('SIGKILL');
          },
        }),
      ),
    );
  },
};
