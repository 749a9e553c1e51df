import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BENCH, endProcess, environment, nowMs } from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';

const PROGRAM = join(BENCH, 'programs/stops.mjs');

/** A program of `stops.mjs` that has said it is ready, with every line it says afterwards. */
async function start(what: string, way: string, extra: Record<string, string> = {}) {
  const child = spawn(process.execPath, [PROGRAM, what, way], {
    env: { ...environment, ...extra },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines: string[] = [];
  const ready = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      if (line.startsWith('ready')) resolve(line);
    });
    child.once('exit', () => reject(new Error(`${what} ${way} ended before it was ready`)));
  });
  return { child, lines, port: Number(ready.split(' ')[1]) };
}

const BOUND_MS = 6000;
// After its start a program is still busy with itself; a daemon that is asked to stop is not.
const SETTLE_MS = 100;

/** From SIGTERM to the end of the process, or to the bound, at which it is killed. */
async function stop(child: ChildProcess): Promise<number> {
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const askedMs = nowMs();
  child.kill('SIGTERM');
  const bound = setTimeout(() => child.kill('SIGKILL'), BOUND_MS);
  await ended;
  clearTimeout(bound);
  return nowMs() - askedMs;
}

const CHECKS = 50_000_000;

function flagContender(name: string, look: (times: number) => number): Contender {
  return {
    name,
    async run() {
      const startedMs = nowMs();
      if (look(CHECKS) > 0) throw new Error('nobody asked');
      return { '': ((nowMs() - startedMs) / CHECKS) * 1e6 };
    },
  };
}

export const flagCheck: Scenario = {
  id: 'flag-check',
  chapter: 'Shutdown',
  title: 'A look at the stop flag',
  isolates: 'one look in a loop that does nothing else',
  rounds: 9,
  floor: 'a property',
  unit: 'ns',
  aims: [{ key: 'stop.requested', atMost: 5, of: 'unit' }],
  async prepare() {
    const { gracefulShutdown } = await import('../../src/shutdown/graceful-shutdown.ts');
    const stop = gracefulShutdown();
    const plain = { requested: false };
    const shared = new Int32Array(new SharedArrayBuffer(4));
    // Three loops, not one with a callback: a call that is not inlined would cost more than the look.
    return [
      flagContender('a property', (times) => {
        let raised = 0;
        for (let i = 0; i < times; i++) if (plain.requested) raised++;
        return raised;
      }),
      flagContender('stop.requested', (times) => {
        let raised = 0;
        for (let i = 0; i < times; i++) if (stop.requested) raised++;
        return raised;
      }),
      flagContender('Atomics.load', (times) => {
        let raised = 0;
        for (let i = 0; i < times; i++) if (Atomics.load(shared, 0) !== 0) raised++;
        return raised;
      }),
    ];
  },
};

function signalContender(way: string): Contender {
  return {
    name: way,
    async run() {
      const { child, lines } = await start('signal', way);
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      const askedMs = nowMs();
      await stop(child);
      const stamp = lines.find((line) => line.startsWith('stamp'))?.split(' ')[1];
      return { '': Number(stamp) / 1e6 - askedMs };
    },
  };
}

export const signalToHandler: Scenario = {
  id: 'signal-to-handler',
  chapter: 'Shutdown',
  title: 'A signal until its handler',
  isolates: 'from kill() to the first line of the handler',
  rounds: 20,
  floor: "process.on('SIGTERM')",
  aims: [
    { key: 'daimon, the AbortSignal', atMost: 1, of: 'unit' },
    { key: 'daimon, in a busy loop', atMost: 1, of: 'unit' },
  ],
  prepare: async () =>
    ["process.on('SIGTERM')", 'daimon, the AbortSignal', 'daimon, in a busy loop'].map(
      signalContender,
    ),
};

function workersContender(way: string): Contender {
  return {
    name: way,
    async run() {
      const { child, lines } = await start('workers', way);
      const tookMs = await stop(child);
      const cleanedUp = lines.filter((line) => line === 'finally').length;
      return { 'ends after': tookMs, 'ran finally, of 8': cleanedUp };
    },
  };
}

export const busyWorkers: Scenario = {
  id: 'busy-workers',
  chapter: 'Shutdown',
  title: 'Eight workers in loops that never yield',
  isolates: 'from SIGTERM to the end of the program',
  rounds: 8,
  floor: 'worker.terminate(): ends after',
  units: { 'ran finally, of 8': 'count' },
  prepare: async () => ['worker.terminate()', 'daimon', 'piscina.destroy()'].map(workersContender),
};

const CLIENTS = 200;
const PAUSE_MS = 40;

/** Asks again and again with pauses until refused; how many requests got no answer. */
function putUnderLoad(port: number): {
  dropped: () => number;
  over: Promise<unknown>;
  answers: () => number;
} {
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  let dropped = 0;
  let answers = 0;
  const ask = () =>
    new Promise<boolean>((resolve) => {
      get({ port, host: '127.0.0.1', agent }, (response) => {
        response.resume();
        response.once('end', () => {
          answers++;
          resolve(true);
        });
        response.once('error', () => {
          dropped++;
          resolve(true);
        });
      }).once('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ECONNREFUSED') dropped++;
        resolve(error.code !== 'ECONNREFUSED');
      });
    });
  const client = async () => {
    while (await ask())
      await new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE_MS));
  };
  const over = Promise.all(Array.from({ length: CLIENTS }, client)).then(() => agent.destroy());
  return { dropped: () => dropped, answers: () => answers, over };
}

function serverContender(way: string): Contender {
  return {
    name: way,
    async run() {
      const { child, port } = await start('server', way);
      const load = putUnderLoad(port);
      while (load.answers() < 2000) await new Promise((resolve) => setTimeout(resolve, 5));
      const tookMs = await stop(child);
      await load.over;
      return { 'ends after': tookMs, 'requests dropped': load.dropped() };
    },
  };
}

export const drainConnections: Scenario = {
  id: 'drain-200',
  chapter: 'Shutdown',
  title: '200 keep-alive clients that go on asking',
  isolates: 'from SIGTERM to the end of the server; their own bound is 5 s, ours 6 s',
  rounds: 3,
  limitSeconds: 600,
  floor: 'daimon: ends after',
  units: { 'requests dropped': 'count' },
  prepare: async () =>
    [
      'daimon',
      'server.close()',
      'close-with-grace',
      '@godaddy/terminus',
      'lightship',
      'http-terminator',
      'stoppable',
    ].map(serverContender),
};

/** By a token in the environment, which no contender knows of. */
function bearersOf(token: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(token);
      } catch {
        return false; // it has ended
      }
    });
}

function childrenContender(way: string): Contender {
  return {
    name: way,
    async run() {
      const token = `${process.pid}-${nowMs()}`;
      const { child } = await start('children', way, { DAIMON_BENCH_TREE: token });
      while (bearersOf(token).length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
      const tookMs = await stop(child);
      const left = bearersOf(token);
      for (let pids = left; pids.length > 0; pids = bearersOf(token))
        for (const pid of pids) endProcess(pid);
      return { 'ends after': tookMs, 'processes left running': left.length };
    },
  };
}

export const childTree: Scenario = {
  id: 'child-tree',
  chapter: 'Shutdown',
  title: 'A child that ignores SIGTERM, with a descendant elsewhere',
  isolates: 'from SIGTERM to the end of the program; grace 100 ms',
  rounds: 3,
  floor: 'daimon: ends after',
  units: { 'processes left running': 'count' },
  prepare: async () => ['daimon', 'child.kill()', 'execa', 'tree-kill'].map(childrenContender),
};
