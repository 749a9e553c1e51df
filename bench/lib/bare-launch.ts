import { system } from '../../src/os/index.ts';
import type { LaunchPlan, ProcessHandle } from '../../src/os/system.ts';
import { C_DAEMON } from './processes.ts';

/** The smallest daemon, launched within this process: no command, no claim, no record. */
export function launchBare(stamp: string): ProcessHandle {
  return system().adoptLaunched(system().launch(planFor(stamp)));
}

export function planFor(stamp: string): LaunchPlan {
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
