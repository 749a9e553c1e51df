import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ANY_STATUS,
  clockCommand,
  endProcess,
  isRunning,
  newStamp,
  readStamp,
  timeCommand,
} from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';
import { C_TOOLS, installed, type Tool } from '../lib/tools.ts';
import { bareNode } from './command.ts';

// setsid knows no identity: every start makes one more.
const withIdentity = () => installed(C_TOOLS.filter(({ name }) => name !== 'setsid -f'));

function secondStart({ name, start, forget }: Tool): Contender {
  return {
    name,
    async run() {
      const [stamp, other] = [newStamp(), newStamp()];
      const identity = `${stamp}-id`;
      await timeCommand(start(identity, stamp));
      const { pid } = await readStamp(stamp);
      const tookMs = await timeCommand(start(identity, other), ANY_STATUS);
      if (existsSync(other)) endProcess((await readStamp(other)).pid);
      endProcess(pid);
      forget?.(identity);
      return { '': tookMs };
    },
  };
}

export const refuseSecond: Scenario = {
  id: 'second-start',
  chapter: 'Identity',
  title: 'The same daemon once more',
  isolates: 'how long the second start of a daemon takes to be refused',
  rounds: 25,
  floor: bareNode.name,
  prepare: async () => [bareNode, ...withIdentity().map(secondStart)],
};

const AT_ONCE = 10;
// Long enough for the slowest copy to leave its stamp.
const SETTLE_MS = 500;

function atOnce({ name, start, forget }: Tool): Contender {
  return {
    name,
    async run() {
      const identity = `${newStamp()}-id`;
      const stamps = Array.from({ length: AT_ONCE }, newStamp);
      const clocked = await Promise.all(
        stamps.map((stamp) => clockCommand(start(identity, stamp), ANY_STATUS)),
      );
      const firstMs = Math.min(...clocked.map(({ startedMs }) => startedMs));
      const lastMs = Math.max(...clocked.map(({ startedMs, tookMs }) => startedMs + tookMs));
      await sleep(SETTLE_MS);
      const begun = stamps.filter((stamp) => existsSync(stamp));
      const pids = await Promise.all(begun.map(async (stamp) => (await readStamp(stamp)).pid));
      const running = pids.filter(isRunning);
      for (const pid of pids) endProcess(pid);
      forget?.(identity);
      return { 'all have returned': lastMs - firstMs, 'daemons that run': running.length };
    },
  };
}

export const startAtOnce: Scenario = {
  id: 'ten-at-once',
  chapter: 'Identity',
  title: 'Ten starts of one daemon at the same moment',
  isolates: 'until all ten commands have returned, and how many daemons then run: one is right',
  rounds: 8,
  floor: 'daimon: all have returned',
  units: { 'daemons that run': 'count' },
  aims: [{ key: 'daimon: daemons that run', atMost: 1, of: 'unit' }],
  prepare: async () => withIdentity().map(atOnce),
};
