import {
  C_DAEMON,
  CLI,
  endProcess,
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
  isolates: 'what a daimon command costs above the start of an empty Node program',
  rounds: 40,
  floor: FLOOR,
  aims: { 'daimon start --ready exec': 1.3, 'daimon status': 1.25, 'daimon stop': 1.25 },
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
  isolates: 'what starting a Node server as a daemon costs above launcher boot plus server boot',
  rounds: 30,
  floor: 'launcher boot + server boot',
  aims: { 'daimon start server.mjs': 1.1 },
  async prepare() {
    const { NODE_DAEMON } = await import('../lib/processes.ts');
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
      const { spawn } = await import('node:child_process');
      const { environment } = await import('../lib/processes.ts');
      const stamp = newStamp();
      const startedMs = nowMs();
      spawn(NODE, [NODE_DAEMON, stamp], { env: environment, stdio: 'ignore' });
      const { pid, readyMs } = await readStamp(stamp);
      endProcess(pid);
      return readyMs - startedMs;
    }
  },
};
