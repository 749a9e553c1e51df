import { Random } from './random.ts';
import type { Scenario } from './scenario.ts';

/** One step: what is done, and the seed of all that it draws. */
export interface Step {
  readonly number: number;
  readonly scenario: Scenario;
  readonly random: Random;
}

/** The steps of a seed, from the first. They depend on nothing that happens. */
export function* planSteps(seed: number, scenarios: readonly Scenario[]): Generator<Step> {
  const source = new Random(seed);
  const weighed = scenarios.map((scenario) => [scenario, scenario.weight] as const);
  for (let number = 1; ; number++) {
    const random = source.branch();
    yield { number, scenario: random.weighed(weighed), random };
  }
}
