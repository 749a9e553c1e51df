import { existsSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BENCH, C_DAEMON, CLI, folder, NODE_DAEMON, runQuietly } from './processes.ts';

/** A tool that makes a daemon of a program, in the words of its own command line. */
export interface Tool {
  readonly name: string;
  /** What must be there for it. */
  readonly path: string;
  /** `identity`: a path that is this daemon's alone, for its PID file, lock or name. */
  start(identity: string, stamp: string): readonly string[];
  /** What stops it, where the tool can; waits for its end, where the tool can. */
  stop?(identity: string): readonly string[];
  /** What the tool needs besides: done before the first daemon. */
  prepare?(): void;
  /** Forgets a daemon that was ended by other means. */
  forget?(identity: string): void;
  close?(): void;
}

const NODE = process.execPath;
const peer = (path: string) => join(BENCH, 'peers/node_modules', path);
const nameOf = (identity: string) => basename(identity);

export const FLOOR_IN_C = join(BENCH, 'build/fork-exec');

function daimon(entry: string, ready: string): Tool {
  return {
    name: 'daimon',
    path: CLI,
    start: (identity, stamp) => {
      const options = ['--name', nameOf(identity), '--ready', ready];
      return [NODE, CLI, 'start', ...options, entry, '--', stamp];
    },
    stop: (identity) => [NODE, CLI, 'stop', nameOf(identity)],
    forget: (identity) => runQuietly([NODE, CLI, 'delete', nameOf(identity)]),
  };
}

const PYTHON_DAEMON = `
import daemon, daemon.pidfile, os, sys
with daemon.DaemonContext(pidfile=daemon.pidfile.PIDLockFile(sys.argv[1] + ".pid")):
    os.execv(sys.argv[2], [sys.argv[2], sys.argv[3]])
`;
const pythonScript = join(folder, 'python-daemon.py');

/** A C program as a daemon. */
export const C_TOOLS: readonly Tool[] = [
  {
    name: 'setsid -f',
    path: '/usr/bin/setsid',
    start: (_identity, stamp) => ['setsid', '-f', C_DAEMON, stamp],
  },
  {
    name: 'daemonize',
    path: '/usr/bin/daemonize',
    start: (identity, stamp) => {
      const files = ['-p', `${identity}.pid`, '-l', `${identity}.lock`];
      return ['daemonize', ...files, C_DAEMON, stamp];
    },
  },
  {
    name: 'start-stop-daemon',
    path: '/usr/sbin/start-stop-daemon',
    start: (identity, stamp) => {
      const options = ['-S', '-b', '-m', '-p', `${identity}.pid`, '-x', C_DAEMON];
      return ['/usr/sbin/start-stop-daemon', ...options, '--', stamp];
    },
    stop: (identity) => {
      const options = ['-K', '--retry', 'TERM/10/KILL/5', '-p', `${identity}.pid`];
      return ['/usr/sbin/start-stop-daemon', ...options];
    },
  },
  {
    name: 'libslack daemon',
    path: '/usr/bin/daemon',
    start: (identity, stamp) => {
      const options = ['--name', nameOf(identity), '--pidfiles', folder];
      return ['daemon', ...options, '--', C_DAEMON, stamp];
    },
    stop: (identity) => ['daemon', '--stop', '--name', nameOf(identity), '--pidfiles', folder],
  },
  {
    name: 'python-daemon',
    path: '/usr/lib/python3/dist-packages/daemon',
    prepare: () => writeFileSync(pythonScript, PYTHON_DAEMON),
    start: (identity, stamp) => ['/usr/bin/python3', pythonScript, identity, C_DAEMON, stamp],
  },
  daimon(C_DAEMON, 'exec'),
];

const DAEMONIZE2 = `
const [, , action, main, pidfile, stamp] = process.argv;
const daemon = require(${JSON.stringify(peer('daemonize2'))}).setup({ main, argv: [stamp], name: 'bench', pidfile, silent: true });
daemon[action]();
`;
const daemonize2Script = join(folder, 'daemonize2.cjs');
const forever = peer('forever/bin/forever');
const pm2 = peer('pm2/bin/pm2');

/** A Node server as a daemon. */
export const NODE_TOOLS: readonly Tool[] = [
  daimon(NODE_DAEMON, 'listening'),
  {
    name: 'daemonize2',
    path: peer('daemonize2'),
    prepare: () => writeFileSync(daemonize2Script, DAEMONIZE2),
    start: (identity, stamp) => {
      return [NODE, daemonize2Script, 'start', NODE_DAEMON, `${identity}.pid`, stamp];
    },
    stop: (identity) => [NODE, daemonize2Script, 'stop', NODE_DAEMON, `${identity}.pid`],
  },
  {
    name: 'forever',
    path: forever,
    start: (identity, stamp) => {
      const options = ['--uid', nameOf(identity), '--append'];
      return [NODE, forever, 'start', ...options, NODE_DAEMON, stamp];
    },
    stop: (identity) => [NODE, forever, 'stop', nameOf(identity)],
    forget: () => runQuietly([NODE, forever, 'stopall']),
  },
  {
    name: 'pm2, its manager running',
    path: pm2,
    prepare: () => runQuietly([NODE, pm2, 'ping']),
    start: (identity, stamp) => {
      return [NODE, pm2, 'start', NODE_DAEMON, '--name', nameOf(identity), '--', stamp];
    },
    stop: (identity) => [NODE, pm2, 'delete', nameOf(identity)],
    forget: (identity) => runQuietly([NODE, pm2, 'delete', nameOf(identity)]),
    close: () => runQuietly([NODE, pm2, 'kill']),
  },
];

/** Those of them that are here; the others are named. */
export function installed(tools: readonly Tool[]): Tool[] {
  const missing = tools.filter(({ path }) => !existsSync(path));
  if (missing.length > 0)
    console.error(`left out, not installed: ${missing.map(({ name }) => name).join(', ')}`);
  const found = tools.filter(({ path }) => existsSync(path));
  for (const tool of found) tool.prepare?.();
  return found;
}
