import { system } from '../os/index.ts';
import type { FoundDaemon } from '../record/find.ts';

/**
 * `starting`: a command waits for it to be ready. `suspended`: stopped by SIGSTOP or a debugger. `dead`: it
 * ended, and what it left was not tidied.
 */
export type DaemonState = 'running' | 'starting' | 'suspended' | 'dead' | 'stopped';

/** One daemon as `status` and `list` show it; the field names are a promise to programs. */
export interface DaemonStatus {
  readonly name: string;
  readonly pid: number | null;
  readonly state: DaemonState;
  /** ISO 8601. */
  readonly startedAt: string | null;
  readonly uptimeMs: number | null;
  readonly restarts: number;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** False too for one that runs since a start that was interrupted: nobody heard whether it got ready. */
  readonly ready: boolean;
  readonly pidFile: string;
  readonly logFile: string | null;
  /** Processor time over lifetime, in percent of one processor, as ps(1) has it. */
  readonly cpu: number | null;
  /** Resident set of the daemon's own process. */
  readonly memoryBytes: number | null;
  /** The daemon's own words (STATUS= of sd_notify(3)). */
  readonly status: string | null;
}

/** Reads what the system tells of a daemon now. */
export function describeDaemon(found: FoundDaemon): DaemonStatus {
  const { record } = found;
  const facts = found.ref === null ? null : system().readProcess(found.ref.pid);
  const isSame = facts !== null && facts.ref.startTime === found.ref?.startTime;
  const alive = isSame ? facts : null;
  const isReady = alive !== null && (record === null || record.ready);
  const stderr = record?.spec.stderr;
  return {
    name: found.name,
    pid: alive?.ref.pid ?? null,
    state: stateOf(alive?.state ?? null, found),
    startedAt: record?.startedAt ?? null,
    uptimeMs: alive?.uptimeMs ?? null,
    restarts: record?.restarts ?? 0,
    exitCode: null,
    signal: null,
    ready: isReady,
    pidFile: found.pidFile,
    logFile: stderr?.kind === 'file' ? stderr.path : null,
    cpu: alive === null ? null : percent(alive.cpuTimeMs, alive.uptimeMs),
    memoryBytes: alive?.memoryBytes ?? null,
    status: record?.statusText ?? null,
  };
}

function stateOf(processState: string | null, { record, pidFileExists }: FoundDaemon): DaemonState {
  if (processState === null) return record !== null || pidFileExists ? 'dead' : 'stopped';
  if (processState === 'T' || processState === 't') return 'suspended';
  const isAwaited = record?.awaitedBy != null && system().isAlive(record.awaitedBy);
  return isAwaited ? 'starting' : 'running';
}

function percent(cpuTimeMs: number, uptimeMs: number): number {
  return uptimeMs === 0 ? 0 : Math.round((1000 * cpuTimeMs) / uptimeMs) / 10;
}

/** LSB: 0 running, 1 dead but a PID file or a record is left, 3 not running. */
export function lsbStatus(state: DaemonState): 0 | 1 | 3 {
  if (state === 'dead') return 1;
  return state === 'stopped' ? 3 : 0;
}
