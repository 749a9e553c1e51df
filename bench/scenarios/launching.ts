import { C_DAEMON, clockCommand, endProcess, newStamp, readStamp } from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';
import { BARE, C_TOOLS, FLOOR_IN_C, installed, NODE_TOOLS, type Tool } from '../lib/tools.ts';

/** Starts a daemon by one command: when the command returned, and when the daemon ran. */
function launcher(tool: Pick<Tool, 'name' | 'start' | 'forget'>): Contender {
  return {
    name: tool.name,
    async run() {
      const stamp = newStamp();
      const { startedMs, tookMs } = await clockCommand(tool.start(`${stamp}-id`, stamp));
      const { pid, readyMs } = await readStamp(stamp);
      endProcess(pid);
      tool.forget?.(`${stamp}-id`);
      return { returns: tookMs, runs: readyMs - startedMs };
    },
  };
}

const forkAndExec = {
  name: 'fork + exec in C',
  start: (_identity: string, stamp: string) => [FLOOR_IN_C, C_DAEMON, stamp],
};

export const launchC: Scenario = {
  id: 'launch-c',
  chapter: 'Launching',
  title: 'A C program as a daemon',
  isolates:
    'until the command returns, and until the program runs. Only daimon waits for the program and has run Node to do so',
  rounds: 40,
  floor: 'fork + exec in C: runs',
  prepare: async () => [forkAndExec, ...installed(C_TOOLS)].map(launcher),
};

let tools: Tool[] = [];
export const launchNode: Scenario = {
  id: 'launch-node',
  chapter: 'Launching',
  title: 'A Node server as a daemon',
  isolates: 'until the command returns, and until the server listens',
  rounds: 20,
  floor: `${BARE.name}: runs`,
  async prepare() {
    tools = installed(NODE_TOOLS);
    return [BARE, ...tools].map(launcher);
  },
  async close() {
    for (const tool of tools) tool.close?.();
  },
};
