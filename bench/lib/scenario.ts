import { type Summary, summarize } from './stats.ts';

/** One thing that is measured in a scenario; a run gives one or more figures, in milliseconds. */
export interface Contender {
  readonly name: string;
  /** Measures once and cleans up after itself. Figures by name, for example `returns`. */
  run(): Promise<Record<string, number>>;
}

export interface Scenario {
  readonly id: string;
  /** What it isolates, in one sentence. */
  readonly isolates: string;
  readonly rounds: number;
  /** The contender and figure that all others are divided by. */
  readonly floor: string;
  /** By contender: the largest ratio to the floor that was aimed at. */
  readonly aims: Readonly<Record<string, number>>;
  prepare(): Promise<readonly Contender[]>;
  close?(): Promise<void>;
}

export interface ScenarioResult {
  readonly id: string;
  readonly isolates: string;
  readonly floor: string;
  readonly aims: Readonly<Record<string, number>>;
  /** Key: `contender` or `contender: figure`; milliseconds. */
  readonly figures: Readonly<Record<string, Summary>>;
}

/** Every contender once a round, in turn: what slows the machine down slows all of them down. */
export async function runScenario(scenario: Scenario): Promise<ScenarioResult> {
  const contenders = await scenario.prepare();
  const samples = new Map<string, number[]>();
  try {
    for (const contender of contenders) await contender.run(); // not counted: caches fill
    for (let round = 0; round < scenario.rounds; round++) {
      for (const contender of contenders) {
        for (const [figure, valueMs] of Object.entries(await contender.run())) {
          const key = figure === '' ? contender.name : `${contender.name}: ${figure}`;
          samples.set(key, [...(samples.get(key) ?? []), valueMs]);
        }
      }
    }
  } finally {
    await scenario.close?.();
  }
  const figures = Object.fromEntries([...samples].map(([key, values]) => [key, summarize(values)]));
  return {
    id: scenario.id,
    isolates: scenario.isolates,
    floor: scenario.floor,
    aims: scenario.aims,
    figures,
  };
}
