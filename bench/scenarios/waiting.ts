import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { residentMegabytes, wakeUpsOf } from '../lib/at-rest.ts';
import {
  C_DAEMON,
  CLI,
  endProcess,
  environment,
  newStamp,
  readStamp,
  timeCommand,
} from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';

const NODE = process.execPath;
const SETTLE_MS = 1500;

interface Waited {
  readonly name: string;
  readonly pid: number;
  readonly pidFile: string;
}

const POLL =
  'setInterval(() => { try { process.kill(process.argv[1], 0) } catch { process.exit() } }, 100)';

/** What waits for the end of a process that is not its child. */
const WAITERS: Readonly<Record<string, (daemon: Waited) => readonly string[]>> = {
  'pidwait (pidfd, in C)': ({ pidFile }) => ['pidwait', '-F', pidFile],
  'daimon wait': ({ name }) => [NODE, CLI, 'wait', name],
  'tail --pid': ({ pid }) => ['tail', '-f', `--pid=${pid}`, '/dev/null'],
  'kill(pid, 0) each 100 ms, in Node': ({ pid }) => [NODE, '-e', POLL, String(pid)],
};

function waiter(name: string, commandFor: (daemon: Waited) => readonly string[]): Contender {
  return {
    name,
    async run() {
      const stamp = newStamp();
      const options = ['--name', 'waited-for', '--ready', 'exec'];
      await timeCommand([NODE, CLI, 'start', ...options, C_DAEMON, '--', stamp]);
      const { pid } = await readStamp(stamp);
      writeFileSync(`${stamp}.pid`, `${pid}\n`);
      const [file = '', ...args] = commandFor({ name: 'waited-for', pid, pidFile: `${stamp}.pid` });
      const child = spawn(file, args, { env: environment, stdio: 'ignore' });
      const ended = once(child, 'exit');
      await sleep(SETTLE_MS);
      if (child.pid === undefined || child.exitCode !== null) throw new Error(`${name} waits not`);
      const measured = {
        'wake-ups': await wakeUpsOf([child.pid]),
        resident: residentMegabytes(child.pid),
      };
      endProcess(pid);
      await ended;
      await timeCommand([NODE, CLI, 'delete', 'waited-for']);
      return measured;
    },
  };
}

export const waiting: Scenario = {
  id: 'waiting',
  chapter: 'Waiting',
  title: 'What waiting costs while nothing happens',
  isolates: 'how often in a second a command wakes up that waits for the end of another process',
  rounds: 3,
  unit: '/s',
  units: { resident: 'MB' },
  aims: [{ key: 'daimon wait: wake-ups', atMost: 0, of: 'unit' }],
  prepare: async () =>
    Object.entries(WAITERS).map(([name, commandFor]) => waiter(name, commandFor)),
};
