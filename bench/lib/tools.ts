import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BENCH, C_DAEMON, CLI, environment, folder, NODE_DAEMON, runQuietly } from './processes.ts';

/** A tool that makes a daemon of a program, in the words of its own command line. */
export interface Tool {
  readonly name: string;
  /** What must be there for it. */
  readonly path: string;
  /** The smallest program it is tried with. */
  readonly daemon: string;
  /**
   * `identity`: a path that is this daemon's alone, for its PID file, lock or name. `program`: in the
   * place of the smallest daemon; it gets the stamp as its argument.
   */
  start(identity: string, stamp: string, program?: string): readonly string[];
  /** For the user "nobody", where the tool can. */
  startAs?(identity: string, stamp: string, program: string): readonly string[];
  /** Returning when the program is ready, where the tool can: by its words, or when it listens. */
  startReady?(identity: string, stamp: string, program: string): readonly string[];
  /** What stops it, where the tool can; waits for its end, where the tool can. */
  stop?(identity: string): readonly string[];
  /** Where it keeps the pid by which it stops; none for tools that do not go by a file. */
  pidFile?(identity: string): string;
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

function daimon(entry: string, ready: string, awaited: string): Tool {
  return {
    name: 'daimon',
    path: CLI,
    daemon: entry,
    startAs: (identity, stamp, program) => {
      const options = ['--name', nameOf(identity), '--ready', ready, '--user', 'nobody'];
      return [NODE, CLI, 'start', ...options, program, '--', stamp];
    },
    startReady: (identity, stamp, program) => {
      const options = ['--name', nameOf(identity), '--ready', awaited];
      return [NODE, CLI, 'start', ...options, program, '--', stamp];
    },
    start: (identity, stamp, program) => {
      const options = [
        '--name',
        nameOf(identity),
        '--ready',
        program === undefined ? ready : 'auto',
      ];
      return [NODE, CLI, 'start', ...options, program ?? entry, '--', stamp];
    },
    stop: (identity) => [NODE, CLI, 'stop', nameOf(identity)],
    pidFile: (identity) => join(String(environment.DAIMON_HOME), 'run', `${nameOf(identity)}.pid`),
    forget: (identity) => runQuietly([NODE, CLI, 'delete', nameOf(identity)]),
  };
}

const PYTHON_DAEMON = `
import daemon, daemon.pidfile, os, pwd, sys
user = pwd.getpwnam(sys.argv[4]) if len(sys.argv) > 4 else None
rights = {} if user is None else {"uid": user.pw_uid, "gid": user.pw_gid, "initgroups": True}
with daemon.DaemonContext(pidfile=daemon.pidfile.PIDLockFile(sys.argv[1] + ".pid"), **rights):
    os.execv(sys.argv[2], [sys.argv[2], sys.argv[3]])
`;
const pythonScript = join(folder, 'python-daemon.py');

/** A C program as a daemon. */
export const C_TOOLS: readonly Tool[] = [
  {
    name: 'setsid -f',
    path: '/usr/bin/setsid',
    daemon: C_DAEMON,
    start: (_identity, stamp, program = C_DAEMON) => ['setsid', '-f', program, stamp],
  },
  {
    name: 'daemonize',
    path: '/usr/bin/daemonize',
    daemon: C_DAEMON,
    startAs: (identity, stamp, program) => {
      const files = ['-p', `${identity}.pid`, '-l', `${identity}.lock`];
      return ['daemonize', ...files, '-u', 'nobody', program, stamp];
    },
    start: (identity, stamp, program = C_DAEMON) => {
      const files = ['-p', `${identity}.pid`, '-l', `${identity}.lock`];
      return ['daemonize', ...files, program, stamp];
    },
  },
  {
    name: 'start-stop-daemon',
    path: '/usr/sbin/start-stop-daemon',
    daemon: C_DAEMON,
    startAs: (identity, stamp, program) => {
      const options = ['-S', '-b', '-m', '-p', `${identity}.pid`, '-c', 'nobody', '-x', program];
      return ['/usr/sbin/start-stop-daemon', ...options, '--', stamp];
    },
    startReady: (identity, stamp, program) => {
      const options = ['-S', '-b', '-m', '-p', `${identity}.pid`, '--notify-await', '-a', program];
      return ['/usr/sbin/start-stop-daemon', ...options, '--', stamp];
    },
    start: (identity, stamp, program = C_DAEMON) => {
      const options = ['-S', '-b', '-m', '-p', `${identity}.pid`, '-x', program];
      return ['/usr/sbin/start-stop-daemon', ...options, '--', stamp];
    },
    stop: (identity) => {
      const options = ['-K', '--retry', 'TERM/10/KILL/5', '-p', `${identity}.pid`];
      return ['/usr/sbin/start-stop-daemon', ...options];
    },
    pidFile: (identity) => `${identity}.pid`,
  },
  {
    name: 'libslack daemon',
    path: '/usr/bin/daemon',
    daemon: C_DAEMON,
    startAs: (identity, stamp, program) => {
      const options = ['-U', '--name', nameOf(identity), '--pidfiles', dirname(identity)];
      return ['daemon', ...options, '--user', 'nobody', '--', program, stamp];
    },
    start: (identity, stamp, program = C_DAEMON) => {
      // -U: else it refuses programs below /tmp.
      const options = ['-U', '--name', nameOf(identity), '--pidfiles', folder];
      return ['daemon', ...options, '--', program, stamp];
    },
    stop: (identity) => ['daemon', '--stop', '--name', nameOf(identity), '--pidfiles', folder],
    pidFile: (identity) => `${identity}.pid`,
  },
  {
    name: 'python-daemon',
    path: '/usr/lib/python3/dist-packages/daemon',
    daemon: C_DAEMON,
    startAs: (identity, stamp, program) => {
      return ['/usr/bin/python3', pythonScript, identity, program, stamp, 'nobody'];
    },
    prepare: () => writeFileSync(pythonScript, PYTHON_DAEMON),
    start: (identity, stamp, program = C_DAEMON) => {
      return ['/usr/bin/python3', pythonScript, identity, program, stamp];
    },
  },
  daimon(C_DAEMON, 'exec', 'notify'),
];

const DAEMONIZE2 = `
const [, , action, main, pidfile, stamp, user] = process.argv;
const rights = user === undefined ? {} : { user, group: 'nogroup' };
const daemon = require(${JSON.stringify(peer('daemonize2'))}).setup({ main, argv: [stamp], name: 'bench', pidfile, silent: true, ...rights });
daemon[action]();
`;
const daemonize2Script = join(folder, 'daemonize2.cjs');
const forever = peer('forever/bin/forever');
const pm2 = peer('pm2/bin/pm2');

/** A Node server as a daemon. */
export const NODE_TOOLS: readonly Tool[] = [
  daimon(NODE_DAEMON, 'listening', 'listening'),
  {
    name: 'daemonize2',
    path: peer('daemonize2'),
    daemon: NODE_DAEMON,
    startAs: (identity, stamp, program) => {
      return [NODE, daemonize2Script, 'start', program, `${identity}.pid`, stamp, 'nobody'];
    },
    prepare: () => writeFileSync(daemonize2Script, DAEMONIZE2),
    start: (identity, stamp, program = NODE_DAEMON) => {
      return [NODE, daemonize2Script, 'start', program, `${identity}.pid`, stamp];
    },
    stop: (identity) => [NODE, daemonize2Script, 'stop', NODE_DAEMON, `${identity}.pid`],
    pidFile: (identity) => `${identity}.pid`,
  },
  {
    name: 'forever',
    path: forever,
    daemon: NODE_DAEMON,
    start: (identity, stamp, program = NODE_DAEMON) => {
      const options = ['--uid', nameOf(identity), '--append'];
      return [NODE, forever, 'start', ...options, program, stamp];
    },
    stop: (identity) => [NODE, forever, 'stop', nameOf(identity)],
    forget: () => runQuietly([NODE, forever, 'stopall']),
  },
  {
    name: 'pm2, its manager running',
    path: pm2,
    daemon: NODE_DAEMON,
    prepare: () => runQuietly([NODE, pm2, 'ping']),
    start: (identity, stamp, program = NODE_DAEMON) => {
      return [NODE, pm2, 'start', program, '--name', nameOf(identity), '--', stamp];
    },
    startReady: (identity, stamp, program) => {
      return [NODE, pm2, 'start', program, '--name', nameOf(identity), '--wait-ready', '--', stamp];
    },
    stop: (identity) => [NODE, pm2, 'delete', nameOf(identity)],
    forget: (identity) => runQuietly([NODE, pm2, 'delete', nameOf(identity)]),
    close: () => runQuietly([NODE, pm2, 'kill']),
  },
];

/** The floor of Node servers: started in the background by a shell, and made a daemon in no way. */
export const BARE = {
  name: 'bare: sh -c "node server.mjs &"',
  start: (_identity: string, stamp: string) => [
    '/bin/sh',
    '-c',
    `${NODE} ${NODE_DAEMON} ${stamp} &`,
  ],
};

/** Those of them that are here; the others are named. */
export function installed(tools: readonly Tool[]): Tool[] {
  const missing = tools.filter(({ path }) => !existsSync(path));
  if (missing.length > 0)
    console.error(`left out, not installed: ${missing.map(({ name }) => name).join(', ')}`);
  const found = tools.filter(({ path }) => existsSync(path));
  for (const tool of found) tool.prepare?.();
  return found;
}
