import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { system } from '../../src/os/index.ts';
import {
  endProcess,
  NODE_DAEMON,
  newStamp,
  nowMs,
  readStamp,
  timeCommand,
} from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';
import { installed, NODE_TOOLS, type Tool } from '../lib/tools.ts';

const SETTLE_MS = 1500;
const IDLE_MS = 3000;

/** What keeps running above a daemon, up to the init that adopts orphans. */
function keepersOf(pid: number): number[] {
  const parent = system().readProcess(pid)?.parentPid ?? 0;
  return parent <= 1 || parent === process.ppid ? [] : [parent, ...keepersOf(parent)];
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** How often its threads have gone to sleep of their own accord, which they do after each time they were woken. */
function sleepsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/status`, 'latin1'))
    .map((status) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]))
    .reduce((sum, count) => sum + count, 0);
}

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
      const all = [pid, ...beside];
      const sleeps = () => all.map(sleepsOf).reduce((sum, count) => sum + count, 0);
      const before = sleeps();
      const startedMs = nowMs();
      await sleep(IDLE_MS);
      const wakeUps = ((sleeps() - before) * 1000) / (nowMs() - startedMs);
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

const BARE = {
  name: 'bare: sh -c "node server.mjs &"',
  start: (_identity: string, stamp: string) => [
    '/bin/sh',
    '-c',
    `${process.execPath} ${NODE_DAEMON} ${stamp} &`,
  ],
};

let tools: Tool[] = [];
export const rest: Scenario = {
  id: 'at-rest',
  chapter: 'Memory and rest',
  title: 'An idle Node server',
  isolates:
    'resident memory of the daemon, and of what the tool keeps running beside it; how often all of them wake up in a second',
  rounds: 2,
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
