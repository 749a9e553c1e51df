import { machineNoise, type Noise, worseOf } from './noise.ts';
import { type Summary, summarize } from './stats.ts';

/** One thing that is measured in a scenario; a run gives one or more figures. */
export interface Contender {
  readonly name: string;
  /** Before its first run. */
  prepare?(): Promise<void>;
  /** Measures once and cleans up after itself. Figures by name, for example `returns`; '' for the only one. */
  run(): Promise<Record<string, number>>;
  /** After its last run. */
  close?(): Promise<void>;
}

/** The chapters of the page, in its order. */
export const CHAPTERS = [
  'Launching',
  'Commands',
  'Identity',
  'Stopping',
  'Waiting',
  'Shutdown',
  'Memory and rest',
  'Many',
] as const;

/** Several times what a scenario takes on a quiet machine. */
export const LIMIT_SECONDS = 300;

export interface Aim {
  /** By contender, or contender and figure: the key of the results. */
  readonly key: string;
  readonly atMost: number;
  /** Times the floor, or in the unit itself. */
  readonly of: 'floor' | 'unit';
}

export interface Scenario {
  readonly id: string;
  readonly chapter: (typeof CHAPTERS)[number];
  /** A few words for a heading. */
  readonly title: string;
  /** What it isolates, in one sentence. */
  readonly isolates: string;
  readonly rounds: number;
  /** After so many seconds it is ended, and has failed. Default: {@link LIMIT_SECONDS}. */
  readonly limitSeconds?: number;
  /**
   * The result that all others of its unit are divided by, or a contender: then each by its figure of that
   * name. None where ratios say nothing.
   */
  readonly floor?: string;
  readonly aims?: readonly Aim[];
  /** Of figures that have no other. Default: ms. */
  readonly unit?: string;
  /** By figure: of those in another unit than the scenario's. */
  readonly units?: Readonly<Record<string, string>>;
  /**
   * `in turn` (the default): every contender once a round, after one round that does not count, so that
   * what slows the machine down slows all of them down. `alone`: each with all its rounds, where one would disturb the next.
   */
  readonly order?: 'in turn' | 'alone';
  /** Bars that belong together have the same contender, or the same figure. Default: contender. */
  readonly groupedBy?: 'contender' | 'figure';
  prepare(): Promise<readonly Contender[]>;
  close?(): Promise<void>;
}

export interface Figure {
  /** `contender`, or `contender: figure`. */
  readonly key: string;
  readonly contender: string;
  readonly figure: string;
  readonly unit: string;
  readonly summary: Summary;
  /** In the order in which they were measured. */
  readonly samples: readonly number[];
}

export interface ScenarioResult extends Omit<Scenario, 'prepare' | 'close'> {
  readonly unit: string;
  readonly figures: readonly Figure[];
  /** Contenders that failed; the others went on, and what was measured until then is there. */
  readonly dropouts: readonly Dropout[];
  readonly noise: Noise;
  readonly tookSeconds: number;
}

export interface Dropout {
  readonly contender: string;
  readonly failed: string;
}

/** A scenario that came to no result, and why. */
export interface Failure extends Pick<Scenario, 'id' | 'chapter' | 'title'> {
  readonly failed: string;
}

export interface Run {
  readonly machine: {
    readonly node: string;
    readonly kernel: string;
    readonly processors: number;
    readonly model: string;
    readonly at: string;
  };
  readonly results: readonly ScenarioResult[];
  readonly failures: readonly Failure[];
}

type Samples = Map<string, { contender: string; figure: string; values: number[] }>;

export async function runScenario(scenario: Scenario): Promise<ScenarioResult> {
  const { prepare, close, ...about } = scenario;
  const startedMs = Date.now();
  const before = machineNoise();
  const samples: Samples = new Map();
  const dropouts: Dropout[] = [];
  try {
    const contenders = await prepare();
    const measure = scenario.order === 'alone' ? eachAlone : allInTurn;
    await measure(contenders, scenario.rounds, samples, dropouts);
  } finally {
    await close?.();
  }
  if (samples.size === 0) throw new Error(dropouts[0]?.failed ?? 'nothing was measured');
  const unit = scenario.unit ?? 'ms';
  const figures = [...samples].map(([key, { contender, figure, values }]) => ({
    key,
    contender,
    figure,
    unit: scenario.units?.[figure] ?? unit,
    summary: summarize(values),
    samples: values.map((value) => Number(value.toPrecision(5))),
  }));
  return {
    ...about,
    unit,
    figures,
    dropouts,
    noise: worseOf(before, machineNoise()),
    tookSeconds: Math.round((Date.now() - startedMs) / 1000),
  };
}

async function allInTurn(
  contenders: readonly Contender[],
  rounds: number,
  samples: Samples,
  dropouts: Dropout[],
) {
  const isIn = ({ name }: Contender) => !dropouts.some(({ contender }) => contender === name);
  const eachIn = async (step: (contender: Contender) => Promise<void>) => {
    for (const contender of contenders.filter(isIn)) await attempt(contender, dropouts, step);
  };
  await eachIn(async (contender) => contender.prepare?.());
  await eachIn(async (contender) => void (await contender.run())); // not counted: caches fill
  for (let round = 0; round < rounds; round++)
    await eachIn(async (contender) => record(samples, contender, await contender.run()));
  for (const contender of contenders) await attempt(contender, dropouts, closeIt);
}

const closeIt = async (contender: Contender) => contender.close?.();

async function eachAlone(
  contenders: readonly Contender[],
  rounds: number,
  samples: Samples,
  dropouts: Dropout[],
) {
  for (const contender of contenders) {
    await attempt(contender, dropouts, async () => {
      await contender.prepare?.();
      for (let round = 0; round < rounds; round++)
        record(samples, contender, await contender.run());
    });
    await attempt(contender, dropouts, closeIt);
  }
}

/** What fails takes no further part. */
async function attempt(
  contender: Contender,
  dropouts: Dropout[],
  step: (contender: Contender) => Promise<void>,
) {
  await step(contender).catch(({ message }: Error) =>
    dropouts.push({ contender: contender.name, failed: message }),
  );
}

function record(samples: Samples, contender: Contender, measured: Record<string, number>) {
  for (const [figure, value] of Object.entries(measured)) {
    const key = figure === '' ? contender.name : `${contender.name}: ${figure}`;
    const known = samples.get(key);
    if (known === undefined)
      samples.set(key, { contender: contender.name, figure, values: [value] });
    else known.values.push(value);
  }
}

/** How often the floor's figure; null where there is none to compare with. */
export function ratioOf(result: ScenarioResult, figure: Figure): number | null {
  const floor =
    result.figures.find(({ key }) => key === result.floor) ??
    result.figures.find(
      (other) => other.contender === result.floor && other.figure === figure.figure,
    );
  if (floor === undefined || floor.unit !== figure.unit) return null;
  return figure.summary.median / floor.summary.median;
}

export interface Verdict {
  readonly aim: string;
  /** In the figure's own unit. */
  readonly atMost: number;
  readonly isHeld: boolean;
}

export function verdictOf(result: ScenarioResult, figure: Figure): Verdict | null {
  const aim = result.aims?.find(({ key }) => key === figure.key);
  if (aim === undefined) return null;
  const ofFloor = aim.of === 'floor';
  const reached = ofFloor ? ratioOf(result, figure) : figure.summary.median;
  const unit = ofFloor ? '×' : figure.unit === 'count' ? '' : figure.unit;
  const { median } = figure.summary;
  return {
    aim: `≤ ${aim.atMost} ${unit}`.trim(),
    atMost: ofFloor && reached !== null ? (aim.atMost * median) / reached : aim.atMost,
    // Two digits are what the page shows.
    isHeld: reached !== null && Math.round(reached * 100) / 100 <= aim.atMost,
  };
}

export function formatValue(value: number, unit: string): string {
  const digits = value === 0 || unit === 'count' || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return unit === 'count' ? value.toFixed(digits) : `${value.toFixed(digits)} ${unit}`;
}
