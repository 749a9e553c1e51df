import { anyCommand } from '../commands.ts';
import { checkGone } from '../invariants.ts';
import type { Scenario } from '../scenario.ts';

/** A single command, whose answer must be the truth. */
export const oneCommand: Scenario = {
  name: 'one-command',
  weight: 6,
  async run(world, random) {
    const { args, status } = await anyCommand(world, random);
    const name = args.at(-1) ?? '';
    if (status === 0 && (args[0] === 'stop' || args[0] === 'delete')) checkGone(world, name);
  },
};
