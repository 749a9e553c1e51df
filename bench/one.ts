// node --import tsx bench/one.ts ID ROUNDS FILE: one scenario; its result goes into the file, as JSON.
import { writeFileSync } from 'node:fs';
import { runScenario } from './lib/scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';

const [id, rounds, file = ''] = process.argv.slice(2);
const scenario = SCENARIOS.find((known) => known.id === id);
if (scenario === undefined) throw new Error(`there is no scenario ${id}`);
const outcome = await runScenario({ ...scenario, rounds: Number(rounds) }).catch(
  ({ message }: Error) => ({ failed: message }),
);
writeFileSync(file, JSON.stringify(outcome));
process.exit(); // whatever it still waits for
