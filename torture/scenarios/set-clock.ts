import { execFileSync } from 'node:child_process';
import { anyCommand } from '../commands.ts';
import type { Scenario } from '../scenario.ts';

const MOST_SECONDS = 100_000_000;

/** The machine's own clock jumps, back and forth, while commands work. */
export const setClock: Scenario = {
  name: 'set-clock',
  weight: 2,
  lacks: (ownMachine) => (ownMachine ? null : 'the clock is the whole machine’s (--own-machine)'),
  async run(world, random) {
    const seconds = random.between(1, MOST_SECONDS);
    const [away, back] = random.chance(0.5) ? [seconds, -seconds] : [-seconds, seconds];
    const commands = [random.branch(), random.branch(), random.branch()];
    const working = commands.map((branch) => anyCommand(world, branch));
    jump(away);
    const later = anyCommand(world, random.branch());
    try {
      await Promise.all([...working, later]);
    } finally {
      jump(back);
    }
    await anyCommand(world, random.branch());
  },
};

function jump(seconds: number): void {
  const then = Math.floor(Date.now() / 1000) + seconds;
  execFileSync('date', ['--set', `@${then}`], { stdio: 'ignore' });
}
