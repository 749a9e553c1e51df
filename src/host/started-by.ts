import { system } from '../os/index.ts';

/** What tells who started a process. */
export interface Origin {
  readonly pid: number;
  /** Session id and controlling terminal (0: none), as proc_pid_stat(5) has them. */
  readonly sid: number;
  readonly terminal: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export type Starter = 'systemd' | 'socket activation' | 'launchd' | 'container';

/**
 * Who started this process as a service, so that it need not detach: doing so would take it away from
 * the one that watches it. null: nobody did. Variables alone are no evidence, since every child
 * inherits them, also the shell of a terminal that systemd has started; a parent of 1 or a socket on
 * standard input is none either.
 *
 * Source: systemd.exec(5), $SYSTEMD_EXEC_PID and $INVOCATION_ID; sd_listen_fds(3), $LISTEN_PID.
 */
export function startedBy({ pid, sid, terminal, environment }: Origin): Starter | null {
  if (pid === 1) return 'container';
  if (environment.LISTEN_FDS !== undefined && environment.LISTEN_PID === String(pid))
    return 'socket activation';
  // systemd gives each service a session of its own and no terminal, and names its first process.
  const isServices = (leader: string) => leader === String(sid) && terminal === 0;
  if (environment.SYSTEMD_EXEC_PID !== undefined)
    return isServices(environment.SYSTEMD_EXEC_PID) ? 'systemd' : null;
  // Before systemd 248: the first process of a service leads its session.
  if (environment.INVOCATION_ID !== undefined && sid === pid && terminal === 0) return 'systemd';
  return environment.XPC_SERVICE_NAME?.includes('.') && sid === pid ? 'launchd' : null;
}

/** {@link startedBy} for the running process. */
export function whoStartedUs(): Starter | null {
  const facts = system().readProcess(process.pid);
  if (facts === null) return null;
  const { sid, terminal } = facts;
  return startedBy({ pid: process.pid, sid, terminal, environment: process.env });
}
