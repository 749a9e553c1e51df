import type { Random } from './random.ts';
import { anyKind, lastingKind, NAMES } from './victims.ts';
import type { How, Ran, World } from './world.ts';

type Command = (world: World, name: string, random: Random, how: How) => Promise<Ran>;

const words =
  (...args: string[]): Command =>
  (world, name, _random, how) =>
    world.daimon([...args, name], how);

const COMMANDS: readonly (readonly [Command, number])[] = [
  [(world, name, random, how) => world.start(name, anyKind(random), random, how), 5],
  [(world, name, random, how) => world.start(name, lastingKind(random), random, how), 5],
  [words('stop', '--grace', '30ms'), 4],
  [words('stop'), 2],
  [words('restart'), 4],
  [words('delete', '--force'), 2],
  [words('delete'), 2],
  [words('status'), 2],
  [words('status', '--json'), 1],
  [words('signal', 'CONT'), 1],
  [words('reload', '--timeout', '100ms'), 1],
  [words('wait', '--timeout', '50ms'), 1],
  [words('logs', '-n', '5'), 1],
  [words('check'), 1],
];

/** A command of daimon on one of the names, as it comes. */
export function anyCommand(world: World, random: Random, how: How = {}): Promise<Ran> {
  return commandOn(world, random.pick(NAMES), random, how);
}

/** The same on one name. */
export function commandOn(world: World, name: string, random: Random, how: How = {}): Promise<Ran> {
  return random.weighed(COMMANDS)(world, name, random, how);
}

const CHANGING: readonly (readonly [Command, number])[] = COMMANDS.slice(0, 7);

/** One that starts, ends or forgets a daemon. */
export function changingCommand(world: World, random: Random, how: How = {}): Promise<Ran> {
  return random.weighed(CHANGING)(world, random.pick(NAMES), random, how);
}
