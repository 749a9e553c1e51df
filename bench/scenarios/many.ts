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
import { C_TOOLS, installed } from '../lib/tools.ts';

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
    name: `daimon, beside ${count.toLocaleString('en')} others`,
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
  rounds: 20,
  order: 'alone',
  groupedBy: 'figure',
  floor: 'daimon, beside 0 others',
  aims: ['start', 'status', 'stop'].map((command) => ({
    key: `daimon, beside 1,000 others: ${command}`,
    atMost: 1.25,
    of: 'floor',
  })),
  prepare: async () => CROWDS.map(besideOthers),
};

interface Crowd {
  readonly name: string;
  /** Of each: how long it took, in milliseconds. */
  start(): Promise<number>;
  list(): Promise<number>;
  stop(): Promise<number>;
  close?(): Promise<void>;
}

const numbered = (count: number) => Array.from({ length: count }, (_, number) => number);

/** What commands take that are run one after the other. */
async function oneByOne(commands: readonly (readonly string[])[]): Promise<number> {
  let sumMs = 0;
  for (const command of commands) sumMs += await timeCommand(command);
  return sumMs;
}

/** What a person does: one command for each. */
function daimonCrowd(count: number): Crowd {
  const entry = ['--ready', 'exec', C_DAEMON, '--', '/dev/null'];
  return {
    name: 'daimon, one by one',
    start: () =>
      oneByOne(
        numbered(count).map((number) => [
          NODE,
          CLI,
          'start',
          '--name',
          `crowd-${number}`,
          ...entry,
        ]),
      ),
    list: () => daimon('list'),
    stop: () => daimon('stop', '--all'),
  };
}

/** What a program does: without the start of Node that each command is. */
function daimonInOneProcess(count: number): Crowd {
  return {
    name: 'daimon, from one process',
    async start() {
      const startedMs = nowMs();
      await startDaemons(count);
      return nowMs() - startedMs;
    },
    list: () => daimon('list'),
    stop: () => daimon('stop', '--all'),
  };
}

function startStopDaemonCrowd(count: number): Crowd[] {
  const [tool] = installed(C_TOOLS.filter(({ name }) => name === 'start-stop-daemon'));
  if (tool?.stop === undefined) return [];
  const { start: startCommand, path, stop: stopCommand } = tool;
  const identities = numbered(count).map(() => `${newStamp()}-id`);
  return [
    {
      name: 'start-stop-daemon',
      start: () => oneByOne(identities.map((identity) => startCommand(identity, '/dev/null'))),
      list: () => oneByOne(identities.map((identity) => [path, '-T', '-p', `${identity}.pid`])),
      stop: () => oneByOne(identities.map((identity) => stopCommand(identity))),
    },
  ];
}

// It stops a few at a time.
const PM2_LIMIT_SECONDS = 180;

function pm2Crowd(count: number): Crowd {
  const pm2 = (...words: string[]) => {
    const command = [NODE, join(BENCH, 'peers/node_modules/pm2/bin/pm2'), ...words];
    return timeCommand(command, [0], PM2_LIMIT_SECONDS);
  };
  const file = join(folder, 'crowd.config.cjs');
  const apps = numbered(count).map((number) => ({
    name: `crowd-${number}`,
    script: C_DAEMON,
    args: '/dev/null',
    interpreter: 'none',
  }));
  writeFileSync(file, `module.exports = ${JSON.stringify({ apps })}`);
  return {
    name: 'pm2, by one file',
    start: () => pm2('start', file),
    list: () => pm2('jlist'),
    stop: () => pm2('delete', 'all'),
    close: async () => void (await pm2('kill')),
  };
}

function crowded(crowd: Crowd): Contender {
  return {
    name: crowd.name,
    async run() {
      const startMs = await crowd.start();
      const listMs = await crowd.list();
      const stopMs = await crowd.stop();
      return { start: startMs / 1000, list: listMs / 1000, stop: stopMs / 1000 };
    },
    async close() {
      await crowd.close?.();
    },
  };
}

function crowdScenario(id: string, count: number, rounds: number): Scenario {
  const many = count.toLocaleString('en');
  return {
    id,
    chapter: 'Many',
    title: `${many} C programs`,
    isolates: `what it takes to start, list and stop ${many} daemons, all commands together; start-stop-daemon lists and stops one by one, pm2 has its manager running`,
    rounds,
    limitSeconds: 900,
    order: 'alone',
    groupedBy: 'figure',
    unit: 's',
    prepare: async () =>
      [
        daimonInOneProcess(count),
        daimonCrowd(count),
        ...startStopDaemonCrowd(count),
        pm2Crowd(count),
      ].map(crowded),
  };
}

export const hundred = crowdScenario('hundred', 100, 3);
export const thousand = crowdScenario('thousand', 1000, 1);
