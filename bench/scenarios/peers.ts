import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  BENCH,
  C_DAEMON,
  CLI,
  endProcess,
  folder,
  NODE_DAEMON,
  newStamp,
  nowMs,
  readStamp,
  runQuietly,
  timeCommand,
} from '../lib/processes.ts';
import type { Contender, Scenario } from '../lib/scenario.ts';

const NODE = process.execPath;
const peer = (path: string) => join(BENCH, 'peers/node_modules', path);

/** Starts a daemon by one command; when the command returned, and when the daemon ran. */
function launcher(
  name: string,
  commandFor: (stamp: string) => readonly string[],
  clean: () => void = () => {},
): Contender {
  return {
    name,
    async run() {
      const stamp = newStamp();
      const startedMs = nowMs();
      const returnsMs = await timeCommand(commandFor(stamp));
      const { pid, readyMs } = await readStamp(stamp);
      endProcess(pid);
      clean();
      return { returns: returnsMs, ready: readyMs - startedMs };
    },
  };
}

const PYTHON_DAEMON = `
import daemon, daemon.pidfile, os, sys
with daemon.DaemonContext(pidfile=daemon.pidfile.PIDLockFile(sys.argv[1] + ".pid")):
    os.execv(sys.argv[2], [sys.argv[2], sys.argv[1]])
`;

/** A C program made a daemon by each tool. */
export const launchC: Scenario = {
  id: 'launch-c',
  isolates: 'making a daemon of a C program: until the command returns, and until the program runs',
  rounds: 25,
  floor: 'setsid -f: returns',
  aims: {},
  async prepare() {
    const python = join(folder, 'python-daemon.py');
    writeFileSync(python, PYTHON_DAEMON);
    const all: [string, Contender][] = [
      ['/usr/bin/setsid', launcher('setsid -f', (stamp) => ['setsid', '-f', C_DAEMON, stamp])],
      [
        '/usr/bin/daemonize',
        launcher('daemonize', (stamp) => [
          'daemonize',
          '-p',
          `${stamp}.pid`,
          '-l',
          `${stamp}.lock`,
          C_DAEMON,
          stamp,
        ]),
      ],
      [
        '/usr/sbin/start-stop-daemon',
        launcher('start-stop-daemon', (stamp) => [
          '/usr/sbin/start-stop-daemon',
          '-S',
          '-b',
          '-m',
          '-p',
          `${stamp}.pid`,
          '-x',
          C_DAEMON,
          '--',
          stamp,
        ]),
      ],
      [
        '/usr/bin/daemon',
        launcher('libslack daemon', (stamp) => [
          'daemon',
          '-F',
          `${stamp}.pid`,
          '--',
          C_DAEMON,
          stamp,
        ]),
      ],
      [
        '/usr/lib/python3/dist-packages/daemon',
        launcher('python-daemon', (stamp) => ['/usr/bin/python3', python, stamp, C_DAEMON]),
      ],
      [
        CLI,
        launcher(
          'daimon start',
          (stamp) => [NODE, CLI, 'start', '--ready', 'exec', C_DAEMON, '--', stamp],
          () => runQuietly([NODE, CLI, 'delete', 'stamps']),
        ),
      ],
    ];
    return installed(all);
  },
};

const DAEMONIZE2 = `
const daemon = require(${JSON.stringify(peer('daemonize2'))}).setup({ main: process.argv[2], argv: [process.argv[3]], name: 'bench', pidfile: process.argv[3] + '.pid', silent: true });
daemon.start();
`;

/** A Node server made a daemon by each tool of the Node world. */
export const launchNode: Scenario = {
  id: 'launch-node',
  isolates:
    'making a daemon of a Node server: until the command returns, and until the server listens',
  rounds: 15,
  floor: 'daimon start: ready',
  aims: {},
  async prepare() {
    const daemonize2 = join(folder, 'daemonize2.cjs');
    writeFileSync(daemonize2, DAEMONIZE2);
    const pm2 = peer('pm2/bin/pm2');
    const forever = peer('forever/bin/forever');
    const all: [string, Contender][] = [
      [
        CLI,
        launcher(
          'daimon start',
          (stamp) => [NODE, CLI, 'start', '--ready', 'listening', NODE_DAEMON, '--', stamp],
          () => runQuietly([NODE, CLI, 'delete', 'stamps']),
        ),
      ],
      [
        peer('daemonize2'),
        launcher('daemonize2', (stamp) => [NODE, daemonize2, NODE_DAEMON, stamp]),
      ],
      [
        forever,
        launcher(
          'forever',
          (stamp) => [NODE, forever, 'start', '--uid', 'bench', '--append', NODE_DAEMON, stamp],
          () => runQuietly([NODE, forever, 'stopall']),
        ),
      ],
      [
        pm2,
        launcher(
          'pm2 (its manager running)',
          (stamp) => [NODE, pm2, 'start', NODE_DAEMON, '--name', 'bench', '--', stamp],
          () => runQuietly([NODE, pm2, 'delete', 'bench']),
        ),
      ],
    ];
    if (existsSync(pm2)) runQuietly([NODE, pm2, 'ping']);
    return installed(all);
  },
  async close() {
    const pm2 = peer('pm2/bin/pm2');
    if (existsSync(pm2)) runQuietly([NODE, pm2, 'kill']);
  },
};

function installed(all: readonly [string, Contender][]): Contender[] {
  const missing = all.filter(([path]) => !existsSync(path)).map(([path]) => path);
  if (missing.length > 0)
    console.error(`left out, not installed (run bench/setup.sh): ${missing.join(', ')}`);
  return all.filter(([path]) => existsSync(path)).map(([, contender]) => contender);
}
