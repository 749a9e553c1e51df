import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchBare } from '../lib/bare-launch.ts';
import {
  BENCH,
  C_DAEMON,
  endProcess,
  environment,
  isRunning,
  newStamp,
  nowMs,
  readStamp,
} from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';

/** In a process of its own with so much memory: else it would be in what the others measure. */
function withHeap(megabytes: number, name: string, way: 'launch' | 'spawn'): Contender {
  let launcher: ChildProcess | undefined;
  const launchOnce = async () => {
    launcher?.send(way);
    const [tookMs] = await once(launcher ?? process, 'message');
    return { '': Number(tookMs) };
  };
  return {
    name: `${name}, ${megabytes} MB`,
    async prepare() {
      launcher = fork(join(BENCH, 'programs/launcher.ts'), [String(megabytes)], {
        env: environment,
        execArgv: ['--import', 'tsx'],
      });
      await launchOnce(); // not counted
    },
    run: launchOnce,
    async close() {
      launcher?.disconnect();
    },
  };
}

const HEAPS = [50, 500, 2000];
const OURS = "daimon's launch()";

/** Each alone: a fork write-protects all memory, and whoever runs next pays for the faults. */
export const heaps: Scenario = {
  id: 'heaps',
  chapter: 'Launching',
  title: 'One launch from a running Node process',
  isolates: 'the call itself, by the memory that the process holds which makes it',
  rounds: 40,
  order: 'alone',
  floor: `${OURS}, 50 MB`,
  aims: HEAPS.map((size) => ({ key: `${OURS}, ${size} MB`, atMost: 0.75, of: 'unit' })),
  async prepare() {
    return [
      ...HEAPS.map((size) => withHeap(size, OURS, 'launch')),
      ...HEAPS.map((size) => withHeap(size, 'child_process.spawn()', 'spawn')),
    ];
  },
};

/** From SIGKILL to a stranger's process until our event loop knows. */
export const exitSeen: Scenario = {
  id: 'exit-seen',
  chapter: 'Waiting',
  title: 'The end of a process that is not a child',
  isolates: 'from its end until the program that waits for it knows; a child of Node is the floor',
  rounds: 25,
  floor: 'a child of Node',
  aims: [{ key: 'a stranger, by daimon', atMost: 0.3, of: 'unit' }],
  async prepare() {
    return [
      {
        name: 'a child of Node',
        async run() {
          const stamp = newStamp();
          const child = spawn(C_DAEMON, [stamp], { stdio: 'ignore' });
          await readStamp(stamp);
          const startedMs = nowMs();
          const ended = new Promise<number>((resolve) =>
            child.once('exit', () => resolve(nowMs())),
          );
          child.kill('SIGKILL');
          return { '': (await ended) - startedMs };
        },
      },
      {
        name: 'a stranger, by daimon',
        async run() {
          const stamp = newStamp();
          const handle = launchBare(stamp);
          await readStamp(stamp);
          const ended = handle.exited().then(nowMs);
          const startedMs = nowMs();
          handle.signal(9);
          const tookMs = (await ended) - startedMs;
          handle.close();
          return { '': tookMs };
        },
      },
      {
        name: 'a stranger, by kill(pid, 0) (each 100 ms)',
        run: async () => ({ '': await pollUntilGone(100) }),
      },
      {
        name: 'a stranger, by tail --pid (each second)',
        async run() {
          const stamp = newStamp();
          launchBare(stamp).close();
          const { pid } = await readStamp(stamp);
          const tail = spawn('tail', ['-f', `--pid=${pid}`, '/dev/null'], { stdio: 'ignore' });
          const told = new Promise<number>((resolve) => tail.once('exit', () => resolve(nowMs())));
          // At any moment between two of its looks.
          await sleep(200 + Math.random() * 1000);
          const startedMs = nowMs();
          endProcess(pid);
          return { '': (await told) - startedMs };
        },
      },
    ];
  },
};

async function pollUntilGone(pauseMs: number): Promise<number> {
  const stamp = newStamp();
  launchBare(stamp).close();
  const { pid } = await readStamp(stamp);
  let endedMs = 0;
  setTimeout(() => {
    endedMs = nowMs();
    endProcess(pid);
  }, Math.random() * pauseMs);
  while (endedMs === 0 || isRunning(pid)) await sleep(pauseMs);
  return nowMs() - endedMs;
}
