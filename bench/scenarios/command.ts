import { join } from 'node:path';
import {
  ANY_STATUS,
  BENCH,
  C_DAEMON,
  CLI,
  clockCommand,
  endProcess,
  NODE_DAEMON,
  newStamp,
  readStamp,
  timeCommand,
} from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';

const NODE = process.execPath;
const FLOOR = 'node -e 0';

export const bareNode: Contender = {
  name: FLOOR,
  run: async () => ({ '': await timeCommand([NODE, '-e', '0']) }),
};

/** `start`, `status` and `stop` of one C daemon, beside the start of an empty Node. */
export const command: Scenario = {
  id: 'command',
  chapter: 'Commands',
  title: 'A command of daimon',
  isolates: 'what it costs above the start of an empty Node program',
  rounds: 100,
  floor: FLOOR,
  aims: [
    { key: 'daimon start --ready exec', atMost: 1.3, of: 'floor' },
    { key: 'daimon status', atMost: 1.25, of: 'floor' },
    { key: 'daimon stop', atMost: 1.25, of: 'floor' },
  ],
  async prepare() {
    const stamp = newStamp();
    let pid = 0;
    return [
      bareNode,
      {
        name: 'daimon start --ready exec',
        async run() {
          const entry = ['--ready', 'exec', C_DAEMON, '--', stamp];
          const tookMs = await timeCommand([NODE, CLI, 'start', ...entry]);
          pid = (await readStamp(stamp)).pid;
          return { '': tookMs };
        },
      },
      {
        name: 'daimon status',
        run: async () => ({ '': await timeCommand([NODE, CLI, 'status', 'stamps']) }),
      },
      {
        name: 'daimon stop',
        async run() {
          const tookMs = await timeCommand([NODE, CLI, 'stop', 'stamps']);
          endProcess(pid);
          return { '': tookMs };
        },
      },
    ];
  },
};

/** Until a server is ready: against the two starts of Node that it cannot do without. */
function startUntilReady(name: string, program: string): readonly Contender[] {
  return [
    {
      name: BOTH_BOOTS,
      async run() {
        const launcherMs = await timeCommand([NODE, '-e', '0']);
        const stamp = newStamp();
        const clocked = clockCommand([NODE, program, stamp], ANY_STATUS);
        const { pid, readyMs } = await readStamp(stamp);
        endProcess(pid);
        return { '': launcherMs + readyMs - (await clocked).startedMs };
      },
    },
    {
      name,
      async run() {
        const stamp = newStamp();
        const options = ['--name', 'server', '--ready', 'listening'];
        const tookMs = await timeCommand([NODE, CLI, 'start', ...options, program, '--', stamp]);
        await readStamp(stamp);
        await timeCommand([NODE, CLI, 'stop', 'server']);
        return { '': tookMs };
      },
    },
  ];
}

const BOTH_BOOTS = 'launcher boot + server boot';

export const nodeStart: Scenario = {
  id: 'node-start',
  chapter: 'Commands',
  title: 'Starting the smallest Node server until it listens',
  isolates: 'what it costs above the two starts of Node that it cannot do without',
  rounds: 80,
  floor: BOTH_BOOTS,
  aims: [{ key: 'daimon start server.mjs', atMost: 1.1, of: 'floor' }],
  prepare: async () => startUntilReady('daimon start server.mjs', NODE_DAEMON),
};

export const expressStart: Scenario = {
  id: 'express-start',
  chapter: 'Commands',
  title: 'Starting an Express server until it listens',
  isolates: 'the same for a program that loads what real servers load',
  rounds: 60,
  floor: BOTH_BOOTS,
  aims: [{ key: 'daimon start express.mjs', atMost: 1.1, of: 'floor' }],
  prepare: async () =>
    startUntilReady('daimon start express.mjs', join(BENCH, 'programs/express.mjs')),
};
