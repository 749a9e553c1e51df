import { writeFileSync } from 'node:fs';
import { anyCommand, commandOn } from '../commands.ts';
import type { Scenario } from '../scenario.ts';
import { NAMES } from '../victims.ts';
import type { World } from '../world.ts';

const MOST_TRIES = 50;

/** Daemons die, and strangers get their very pids. */
export const recycledPid: Scenario = {
  name: 'recycled-pid',
  weight: 3,
  async run(world, random) {
    const name = random.pick(NAMES);
    await world.start(name, 'plain', random);
    await takePid(world, name);
    await commandOn(world, name, random.branch());
    for (let count = random.between(0, 3); count > 0; count--)
      await anyCommand(world, random.branch());
  },
};

/** The next pid can be chosen in a namespace of one's own: pid_namespaces(7), ns_last_pid. */
async function takePid(world: World, name: string): Promise<void> {
  const pid = world.daemonsOf(name)[0]?.pid;
  if (pid === undefined) return;
  process.kill(pid, 'SIGKILL');
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
    const stranger = await world.addStranger();
    if (stranger === pid) return;
    await world.removeStranger(stranger);
  }
}
