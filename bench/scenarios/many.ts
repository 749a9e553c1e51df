import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { start } from '../../src/launch/start.ts';
import { placesIn } from '../../src/spec/places.ts';
import { resolveSpec } from '../../src/spec/resolve-spec.ts';
import {
  BENCH,
  C_DAEMON,
  CLI,
  environment,
  folder,
  newStamp,
  nowMs,
  timeCommand,
} from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';
import { C_TOOLS } from '../lib/tools.ts';

const NODE = process.execPath;
const daimon = (...words: string[]) => timeCommand([NODE, CLI, ...words]);

/** Starts C daemons one after the other within this process, as the command does in its own. */
async function startDaemons(count: number): Promise<void> {
  const places = placesIn(String(environment.DAIMON_HOME));
  const context = { places, environment, restarts: 0, endsAfterStart: false };
  for (let number = 0; number < count; number++) {
    const options = { name: `many-${number}`, ready: 'exec' };
    const spec = resolveSpec(C_DAEMON, ['/dev/null'], options, { cwd: folder, places });
    await start(spec, context);
  }
}

function besideOthers(count: number): Contender {
  return {
    name: `beside ${count.toLocaleString('en')} others`,
    prepare: () => startDaemons(count),
    async run() {
      const entry = ['--name', 'one', '--ready', 'exec', C_DAEMON, '--', '/dev/null'];
      return {
        start: await daimon('start', ...entry),
        status: await daimon('status', 'one'),
        list: await daimon('list', '--json'),
        stop: await daimon('stop', 'one'),
      };
    },
    async close() {
      if (count > 0) await daimon('stop', '--all');
    },
  };
}

const CROWDS = [0, 100, 1000];

export const growth: Scenario = {
  id: 'growth',
  chapter: 'Many',
  title: 'One more, beside many',
  isolates:
    'what a command costs when daemons are there already: the same however many, but for list, which shows them all',
  rounds: 8,
  order: 'alone',
  groupedBy: 'figure',
  floor: 'beside 0 others: start',
  aims: ['start', 'status', 'stop'].map((command) => ({
    key: `beside 1,000 others: ${command}`,
    atMost: 1.25,
    of: 'floor',
  })),
  prepare: async () => CROWDS.map(besideOthers),
};

const CROWD = 100;

interface Crowd {
  readonly name: string;
  start(): Promise<void>;
  list(): Promise<void>;
  stop(): Promise<void>;
  close?(): Promise<void>;
}

const numbered = Array.from({ length: CROWD }, (_, number) => number);
const inSeconds = async (work: () => Promise<void>) => {
  const startedMs = nowMs();
  await work();
  return (nowMs() - startedMs) / 1000;
};

function daimonCrowd(): Crowd {
  return {
    name: 'daimon, one by one',
    async start() {
      for (const number of numbered) {
        const options = ['--name', `crowd-${number}`, '--ready', 'exec'];
        await daimon('start', ...options, C_DAEMON, '--', '/dev/null');
      }
    },
    list: async () => void (await daimon('list')),
    stop: async () => void (await daimon('stop', '--all')),
  };
}

function startStopDaemonCrowd(): Crowd[] {
  const tool = C_TOOLS.find(({ name }) => name === 'start-stop-daemon');
  if (tool?.stop === undefined) return [];
  const { start: startCommand, stop: stopCommand } = tool;
  const identities = numbered.map(() => `${newStamp()}-id`);
  const each = async (command: (identity: string) => readonly string[]) => {
    for (const identity of identities) await timeCommand(command(identity));
  };
  return [
    {
      name: 'start-stop-daemon, one by one',
      // By its pid file alone: with -x it would take the first for all that follow.
      start: () => each((identity) => startCommand(identity, '/dev/null')),
      list: () =>
        each((identity) => ['/usr/sbin/start-stop-daemon', '-T', '-p', `${identity}.pid`]),
      stop: () => each(stopCommand),
    },
  ];
}

function pm2Crowd(): Crowd {
  const pm2 = (...words: string[]) =>
    timeCommand([NODE, join(BENCH, 'peers/node_modules/pm2/bin/pm2'), ...words]);
  const file = join(folder, 'crowd.config.cjs');
  const apps = numbered.map((number) => ({
    name: `crowd-${number}`,
    script: C_DAEMON,
    args: '/dev/null',
    interpreter: 'none',
  }));
  writeFileSync(file, `module.exports = ${JSON.stringify({ apps })}`);
  return {
    name: 'pm2, one file, its manager running',
    start: async () => void (await pm2('start', file)),
    list: async () => void (await pm2('jlist')),
    stop: async () => void (await pm2('delete', 'all')),
    close: async () => void (await pm2('kill')),
  };
}

function crowded(crowd: Crowd): Contender {
  return {
    name: crowd.name,
    async run() {
      const started = await inSeconds(crowd.start);
      const listed = await inSeconds(crowd.list);
      return { start: started, list: listed, stop: await inSeconds(crowd.stop) };
    },
    async close() {
      await crowd.close?.();
    },
  };
}

export const hundred: Scenario = {
  id: 'hundred',
  chapter: 'Many',
  title: `${CROWD} C programs`,
  isolates: `starting, listing and stopping ${CROWD} daemons, until the last command has returned`,
  rounds: 3,
  order: 'alone',
  groupedBy: 'figure',
  unit: 's',
  prepare: async () => [daimonCrowd(), ...startStopDaemonCrowd(), pm2Crowd()].map(crowded),
};

const THOUSAND = 1000;

export const thousand: Scenario = {
  id: 'thousand',
  chapter: 'Many',
  title: 'A thousand C programs',
  isolates: 'started one after the other by one process, listed, and stopped by one command',
  rounds: 3,
  unit: 's',
  async prepare() {
    return [
      {
        name: 'daimon',
        run: async () => ({
          start: await inSeconds(() => startDaemons(THOUSAND)),
          list: await inSeconds(async () => void (await daimon('list'))),
          'stop --all': await inSeconds(async () => void (await daimon('stop', '--all'))),
        }),
      },
    ];
  },
};
