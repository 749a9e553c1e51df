import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno } from '../../src/errors.ts';
import { mayLimitPids, PID_MAX } from '../pid-max.ts';
import type { Random } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import { NAMES } from '../victims.ts';
import type { World } from '../world.ts';

/** Low, so that few are enough to fill it: 300 pids are the system's own. */
const FEW_PIDS = 450;
const KINDS_THAT_REST = ['plain', 'deaf', 'planter', 'notifier'] as const;

/** No pid is left but for a few: fork, clone and every thread of Node may fail with EAGAIN. */
export const fullPidSpace: Scenario = {
  name: 'full-pid-space',
  weight: 2,
  lacks: (ownMachine) =>
    mayLimitPids(ownMachine) ? null : 'pid_max is the whole machine’s before Linux 6.14',
  async run(world, random) {
    // What forks without end goes round among the few pids that are left, faster than any look: a known limit.
    for (const name of NAMES) await world.daimon(['delete', '--force', name]);
    const before = readFileSync(PID_MAX, 'utf8');
    writeFileSync(PID_MAX, String(FEW_PIDS));
    // Fewer than five are left: Node itself aborts, or hangs.
    const crowd = spawn(join(world.folder, 'crowd'), [String(random.between(5, 24))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(crowd, 'exit');
    try {
      await once(crowd.stdout, 'data');
      for (let count = random.between(1, 3); count > 0; count--)
        await tryCommand(world, random.branch());
    } finally {
      crowd.kill('SIGTERM');
      await ended;
      writeFileSync(PID_MAX, before);
    }
  },
};

async function tryCommand(world: World, random: Random): Promise<void> {
  try {
    const [name, how] = [random.pick(NAMES), { mayBeMute: true }];
    const word = random.pick(['start', 'start', 'stop', 'restart', 'delete'] as const);
    if (word === 'start') await world.start(name, random.pick(KINDS_THAT_REST), random, how);
    else await world.daimon([word, name], how);
  } catch (error) {
    // Not even the command was born.
    if (!isErrno(error, 'EAGAIN')) throw error;
    world.note('  a command could not be started: EAGAIN');
  }
}
