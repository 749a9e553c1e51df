import type { Random } from './random.ts';
import type { World } from './world.ts';

/** One way of making life hard for daimon. What it does is drawn from `random` alone. */
export interface Scenario {
  readonly name: string;
  /** How often it comes, beside the others. */
  readonly weight: number;
  /** Why it cannot be done here, for example a program that is missing; null: it can. */
  lacks?(ownMachine: boolean): string | null;
  /** Leaves the world without its fault; throws a Violation, or leaves the rest to the invariants. */
  run(world: World, random: Random): Promise<void>;
}
