import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { system } from '../../src/os/index.ts';
import type { LaunchPlan } from '../../src/os/system.ts';
import { C_DAEMON, endProcess, isRunning, newStamp, nowMs, readStamp } from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';

function planFor(stamp: string): LaunchPlan {
  const nothing = { path: '/dev/null', mode: 'read' as const };
  return {
    detach: true,
    ownGroup: false,
    dieWithParent: false,
    terminal: null,
    file: C_DAEMON,
    argv: [C_DAEMON, stamp],
    environment: [],
    identity: null,
    chroot: null,
    cwd: '/',
    umask: 0o022,
    limits: [],
    nice: null,
    oomScoreAdj: null,
    credentials: null,
    noNewPrivs: false,
    stdio: [nothing, nothing, nothing],
    fds: [],
    mark: null,
    keptFds: [],
  };
}

const BALLAST_CHUNK_BYTES = 64 * 1024 * 1024;
/** Memory of the running process that a fork would have to copy the page tables of. */
function makeBallast(megabytes: number): Buffer[] {
  const chunks = Math.floor((megabytes * 1024 * 1024) / BALLAST_CHUNK_BYTES);
  return Array.from({ length: chunks }, () => Buffer.alloc(BALLAST_CHUNK_BYTES, 1));
}

async function launchOnce(): Promise<number> {
  const stamp = newStamp();
  const startedMs = nowMs();
  const launched = system().launch(planFor(stamp));
  const tookMs = nowMs() - startedMs;
  system().adoptLaunched(launched).close();
  endProcess((await readStamp(stamp)).pid);
  return tookMs;
}

async function spawnOnce(): Promise<number> {
  const stamp = newStamp();
  const startedMs = nowMs();
  const child = spawn(C_DAEMON, [stamp], { detached: true, stdio: 'ignore' });
  const tookMs = nowMs() - startedMs;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  endProcess((await readStamp(stamp)).pid);
  await ended;
  return tookMs;
}

/** With a heap of that size: the memory of the running process that a fork would copy the page tables of. */
function withHeap(megabytes: number, name: string, launchOne: () => Promise<number>): Contender {
  const held: Buffer[] = [];
  return {
    name: `${name}, ${megabytes} MB`,
    async prepare() {
      held.push(...makeBallast(megabytes));
      await launchOne(); // not counted
    },
    run: async () => ({ '': await launchOne() }),
    async close() {
      held.length = 0;
    },
  };
}

const HEAPS = [64, 512, 2048];
const OURS = "daimon's launch()";

/** Each alone: a fork write-protects all memory, and whoever runs next pays for the faults. */
export const heaps: Scenario = {
  id: 'heaps',
  chapter: 'Launching',
  title: 'One launch from a running Node process',
  isolates: 'the call itself, by the size of the heap of the process that makes it',
  rounds: 40,
  order: 'alone',
  floor: `${OURS}, 64 MB`,
  aims: HEAPS.map((size) => ({ key: `${OURS}, ${size} MB`, atMost: 0.75, of: 'unit' })),
  async prepare() {
    return [
      ...HEAPS.map((size) => withHeap(size, OURS, launchOnce)),
      ...HEAPS.map((size) => withHeap(size, 'child_process.spawn()', spawnOnce)),
    ];
  },
};

/** From SIGKILL to a stranger's process until our event loop knows. */
export const exitSeen: Scenario = {
  id: 'exit-seen',
  chapter: 'Waiting',
  title: 'The end of a process that is not a child',
  isolates: 'from its end until the program that waits for it knows; a child of Node is the floor',
  rounds: 30,
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
          const handle = system().adoptLaunched(
            system().launch({ ...planFor(stamp), mark: null, keptFds: [] }),
          );
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
        name: 'a stranger, by kill(pid, 0) each 100 ms',
        run: async () => ({ '': await pollUntilGone(100) }),
      },
      {
        name: 'a stranger, by tail --pid, which looks each second',
        async run() {
          const stamp = newStamp();
          system()
            .adoptLaunched(system().launch(planFor(stamp)))
            .close();
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
  system()
    .adoptLaunched(system().launch(planFor(stamp)))
    .close();
  const { pid } = await readStamp(stamp);
  let endedMs = 0;
  setTimeout(() => {
    endedMs = nowMs();
    endProcess(pid);
  }, Math.random() * pauseMs);
  while (endedMs === 0 || isRunning(pid)) await sleep(pauseMs);
  return nowMs() - endedMs;
}
