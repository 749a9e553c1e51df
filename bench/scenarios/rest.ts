import { setTimeout as sleep } from 'node:timers/promises';
import { keepersOf, residentMegabytes, wakeUpsOf } from '../lib/at-rest.ts';
import { endProcess, newStamp, readStamp, timeCommand } from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';
import { BARE, installed, NODE_TOOLS, type Tool } from '../lib/tools.ts';

const SETTLE_MS = 1500;

function atRest({
  name,
  start,
  forget,
  stop,
}: Pick<Tool, 'name' | 'start' | 'forget' | 'stop'>): Contender {
  return {
    name,
    async run() {
      const stamp = newStamp();
      const identity = `${stamp}-id`;
      await timeCommand(start(identity, stamp));
      const { pid } = await readStamp(stamp);
      await sleep(SETTLE_MS);
      const beside = keepersOf(pid);
      const wakeUps = await wakeUpsOf([pid, ...beside]);
      const measured = {
        'the daemon': residentMegabytes(pid),
        'beside it': beside.map(residentMegabytes).reduce((sum, size) => sum + size, 0),
        'wake-ups': wakeUps,
      };
      if (stop === undefined) endProcess(pid);
      else await timeCommand(stop(identity));
      forget?.(identity);
      return measured;
    },
  };
}

let tools: Tool[] = [];
export const rest: Scenario = {
  id: 'at-rest',
  chapter: 'Memory and rest',
  title: 'An idle Node server',
  isolates:
    'resident memory of the daemon, and of what the tool keeps running beside it; how often all of them wake up in a second',
  rounds: 3,
  floor: `${BARE.name}: the daemon`,
  unit: 'MB',
  units: { 'wake-ups': '/s' },
  aims: [
    { key: 'daimon: the daemon', atMost: 1.05, of: 'floor' },
    { key: 'daimon: beside it', atMost: 0, of: 'unit' },
    { key: 'daimon: wake-ups', atMost: 0, of: 'unit' },
  ],
  order: 'alone',
  async prepare() {
    tools = installed(NODE_TOOLS);
    return [BARE, ...tools].map(atRest);
  },
  async close() {
    for (const tool of tools) tool.close?.();
  },
};
