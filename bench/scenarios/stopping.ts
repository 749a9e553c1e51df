import { endOf, newStamp, nowMs, readStamp, timeCommand } from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';
import { C_TOOLS, installed, NODE_TOOLS, type Tool } from '../lib/tools.ts';

/** Stops a daemon that ends at SIGTERM: when the command returned, and when the daemon was gone. */
function stopper({ name, start, stop }: Tool): Contender[] {
  if (stop === undefined) return [];
  const run = async () => {
    const stamp = newStamp();
    const identity = `${stamp}-id`;
    await timeCommand(start(identity, stamp));
    const { pid } = await readStamp(stamp);
    const gone = endOf(pid);
    const startedMs = nowMs();
    const returns = await timeCommand(stop(identity));
    return { returns, gone: (await gone) - startedMs };
  };
  return [{ name, run }];
}

export const stopC: Scenario = {
  id: 'stop-c',
  chapter: 'Stopping',
  title: 'A C program that ends at SIGTERM',
  isolates:
    'until the command returns, and until the daemon is gone. A command that returns before it is gone lets the next start collide',
  rounds: 20,
  floor: 'daimon: returns',
  prepare: async () => installed(C_TOOLS).flatMap(stopper),
};

let tools: Tool[] = [];
export const stopNode: Scenario = {
  id: 'stop-node',
  chapter: 'Stopping',
  title: 'A Node server that ends at SIGTERM',
  isolates: 'until the command returns, and until the server is gone',
  rounds: 8,
  floor: 'daimon: returns',
  async prepare() {
    tools = installed(NODE_TOOLS);
    return tools.flatMap(stopper);
  },
  async close() {
    for (const tool of tools) tool.close?.();
  },
};
