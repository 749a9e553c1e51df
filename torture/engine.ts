import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { checkInvariants, sweep } from './invariants.ts';
import { mayLimitPids, PID_MAX } from './pid-max.ts';
import { planSteps, type Step } from './plan.ts';
import { Random } from './random.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { Violation } from './violation.ts';
import { World } from './world.ts';

export interface Order {
  readonly seed: number;
  readonly steps: number;
  readonly untilMs: number;
  readonly folder: string;
  /** The machine is there for nothing else: what no namespace has for itself may be changed too, such as its clock. */
  readonly ownMachine: boolean;
  /** Their names; null: all. */
  readonly only: readonly string[] | null;
  say(text: string): void;
}

const DISK = 'size=1m,mode=0700';
const STEPS_BETWEEN_SWEEPS = 40;
const STEPS_BETWEEN_WORDS = 100;
const STRANGERS = 2;
/** Small, so that numbers come around again by themselves. */
const [FEWEST_PIDS, MOST_PIDS] = [1500, 6000];

/** Does the steps of a seed one after the other; the number that was done, or the violation that ended them. */
export async function torture(order: Order): Promise<number> {
  const world = new World(order.folder);
  execFileSync('mount', ['-t', 'tmpfs', '-o', DISK, 'home', world.home]);
  if (mayLimitPids(order.ownMachine))
    writeFileSync(PID_MAX, String(new Random(order.seed).between(FEWEST_PIDS, MOST_PIDS)));
  const scenarios = chooseScenarios(order);
  const times = new Map<string, number>();
  let done = 0;
  for (const step of planSteps(order.seed, scenarios)) {
    if (done === order.steps || performance.now() > order.untilMs) break;
    await take(world, step);
    done = step.number;
    times.set(step.scenario.name, (times.get(step.scenario.name) ?? 0) + 1);
    if (done % STEPS_BETWEEN_WORDS === 0) order.say(`${done} steps`);
  }
  await sweep(world);
  order.say([...times].map(([name, count]) => `${name} ${count}`).join(', '));
  return done;
}

function chooseScenarios({ only, ownMachine, say }: Order): readonly Scenario[] {
  const unknown = only?.find((name) => SCENARIOS.every((scenario) => scenario.name !== name));
  if (unknown !== undefined)
    throw new Error(`No scenario "${unknown}": ${SCENARIOS.map(({ name }) => name).join(' ')}`);
  return SCENARIOS.filter((scenario) => only?.includes(scenario.name) ?? true).filter(
    (scenario) => {
      const lack = scenario.lacks?.(ownMachine) ?? null;
      if (lack !== null) say(`without ${scenario.name}: ${lack}`);
      return lack === null;
    },
  );
}

/** One step, and whether everything still holds after it. */
async function take(world: World, { number, scenario, random }: Step): Promise<void> {
  world.note(`step ${number}: ${scenario.name}`);
  try {
    while (world.strangers.length < STRANGERS) await world.addStranger();
    await scenario.run(world, random);
    await checkInvariants(world);
    for (const pid of world.strangers.slice(STRANGERS)) await world.removeStranger(pid);
    if (number % STEPS_BETWEEN_SWEEPS === 0) await sweep(world);
  } catch (error) {
    const seen = error instanceof Violation ? error.seen : String((error as Error).stack);
    throw new Violation(`step ${number} (${scenario.name}): ${(error as Error).message}`, seen);
  }
}
