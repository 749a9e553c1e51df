import {
  ANY_STATUS,
  C_DAEMON,
  clockCommand,
  endOf,
  NODE_DAEMON,
  newStamp,
  readStamp,
  timeCommand,
} from '../lib/processes.ts';
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
    const { startedMs, tookMs } = await clockCommand(stop(identity));
    return { returns: tookMs, gone: (await gone) - startedMs };
  };
  return [{ name, run }];
}

const KILL = '/bin/kill PID';

/** The floor: it only asks. */
function killer(daemon: readonly string[]): Contender {
  return {
    name: KILL,
    async run() {
      const stamp = newStamp();
      const daemonEnds = clockCommand([...daemon, stamp], ANY_STATUS);
      const { pid } = await readStamp(stamp);
      const gone = endOf(pid);
      const { startedMs, tookMs } = await clockCommand(['/bin/kill', String(pid)]);
      const goneMs = (await gone) - startedMs;
      await daemonEnds;
      return { returns: tookMs, gone: goneMs };
    },
  };
}

export const stopC: Scenario = {
  id: 'stop-c',
  chapter: 'Stopping',
  title: 'A C program that ends at SIGTERM',
  isolates:
    'until the command returns, and until the daemon is gone. A command that returns before it is gone lets the next start collide',
  rounds: 40,
  floor: `${KILL}: gone`,
  prepare: async () => [killer([C_DAEMON]), ...installed(C_TOOLS).flatMap(stopper)],
};

let tools: Tool[] = [];
export const stopNode: Scenario = {
  id: 'stop-node',
  chapter: 'Stopping',
  title: 'A Node server that ends at SIGTERM',
  isolates: 'until the command returns, and until the server is gone',
  rounds: 10,
  floor: `${KILL}: gone`,
  async prepare() {
    tools = installed(NODE_TOOLS);
    return [killer([process.execPath, NODE_DAEMON]), ...tools.flatMap(stopper)];
  },
  async close() {
    for (const tool of tools) tool.close?.();
  },
};
