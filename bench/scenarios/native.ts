import { spawn } from 'node:child_process';
import { system } from '../../src/os/index.ts';
import type { NativePlan } from '../../src/os/native-launch.ts';
import { C_DAEMON, endProcess, newStamp, nowMs, readStamp } from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';

function planFor(stamp: string): NativePlan {
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
  };
}

const BALLAST_CHUNK_BYTES = 64 * 1024 * 1024;
/** Memory of the running process that a fork would have to copy the page tables of. */
function makeBallast(megabytes: number): Buffer[] {
  const chunks = Math.floor((megabytes * 1024 * 1024) / BALLAST_CHUNK_BYTES);
  return Array.from({ length: chunks }, () => Buffer.alloc(BALLAST_CHUNK_BYTES, 1));
}

function nativeLaunch(): Contender {
  return {
    name: "daimon's launch()",
    async run() {
      const stamp = newStamp();
      const startedMs = nowMs();
      const launched = system().launch({ ...planFor(stamp), mark: null, keptFds: [] });
      const tookMs = nowMs() - startedMs;
      system().adoptLaunched(launched).close();
      endProcess((await readStamp(stamp)).pid);
      return { '': tookMs };
    },
  };
}

function nodeSpawn(): Contender {
  return {
    name: 'child_process.spawn({ detached })',
    async run() {
      const stamp = newStamp();
      const startedMs = nowMs();
      const child = spawn(C_DAEMON, [stamp], { detached: true, stdio: 'ignore' });
      const tookMs = nowMs() - startedMs;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      endProcess((await readStamp(stamp)).pid);
      await ended;
      return { '': tookMs };
    },
  };
}

/** One contender alone: a fork write-protects all memory, and whoever runs next pays for the faults. */
function launchWith(
  megabytes: number,
  id: string,
  contender: () => Contender,
  aimMs?: number,
): Scenario {
  const held: Buffer[] = [];
  const { name } = contender();
  const aim = aimMs === undefined ? '' : `; aim ≤ ${aimMs} ms`;
  return {
    id: `${id}-${megabytes}-mb`,
    isolates: `one launch from a running Node process that holds ${megabytes} MB${aim}`,
    rounds: 40,
    floor: name,
    aims: {},
    async prepare() {
      held.push(...makeBallast(megabytes));
      return [contender()];
    },
    async close() {
      held.length = 0;
    },
  };
}

const AIM_MS = 0.75;
export const nativeLaunches = [
  launchWith(64, 'native-launch', nativeLaunch, AIM_MS),
  launchWith(64, 'spawn', nodeSpawn),
  launchWith(2048, 'native-launch', nativeLaunch, AIM_MS),
  launchWith(2048, 'spawn', nodeSpawn),
];

/** From SIGKILL to a stranger's process until our event loop knows. */
export const exitSeen: Scenario = {
  id: 'exit-seen',
  isolates: "how long after a foreign process's end the event loop is told",
  rounds: 60,
  floor: 'a child of Node',
  aims: {},
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
        name: 'a foreign process, by daimon',
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
    ];
  },
};
