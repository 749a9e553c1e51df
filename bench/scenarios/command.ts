import { spawn } from 'node:child_process';
import {
  C_DAEMON,
  CLI,
  endProcess,
  environment,
  NODE_DAEMON,
  newStamp,
  nowMs,
  readStamp,
  timeCommand,
} from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';

const NODE = process.execPath;
const FLOOR = 'node -e 0';

const bareNode: Contender = {
  name: FLOOR,
  run: async () => ({ '': await timeCommand([NODE, '-e', '0']) }),
};

/** `start`, `status` and `stop` of one C daemon, beside the start of an empty Node. */
export const command: Scenario = {
  id: 'command',
  chapter: 'Commands',
  title: 'A command of daimon',
  isolates: 'what it costs above the start of an empty Node program',
  rounds: 40,
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
          const tookMs = await timeCommand([
            NODE,
            CLI,
            'start',
            '--ready',
            'exec',
            C_DAEMON,
            '--',
            stamp,
          ]);
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

/** Until a Node server is ready: against the two starts of Node that it cannot do without. */
export const nodeStart: Scenario = {
  id: 'node-start',
  chapter: 'Commands',
  title: 'Starting a Node server until it listens',
  isolates: 'what it costs above the two starts of Node that it cannot do without',
  rounds: 40,
  floor: 'launcher boot + server boot',
  aims: [{ key: 'daimon start server.mjs', atMost: 1.1, of: 'floor' }],
  async prepare() {
    return [
      {
        name: 'launcher boot + server boot',
        async run() {
          const bootMs = await timeCommand([NODE, '-e', '0']);
          return { '': bootMs + (await bootServer()) };
        },
      },
      {
        name: 'daimon start server.mjs',
        async run() {
          const stamp = newStamp();
          const tookMs = await timeCommand([
            NODE,
            CLI,
            'start',
            '--ready',
            'listening',
            NODE_DAEMON,
            '--',
            stamp,
          ]);
          await readStamp(stamp);
          await timeCommand([NODE, CLI, 'stop', 'stamps']);
          return { '': tookMs };
        },
      },
    ];
    async function bootServer(): Promise<number> {
      const stamp = newStamp();
      const startedMs = nowMs();
      spawn(NODE, [NODE_DAEMON, stamp], { env: environment, stdio: 'ignore' });
      const { pid, readyMs } = await readStamp(stamp);
      endProcess(pid);
      return readyMs - startedMs;
    }
  },
};
