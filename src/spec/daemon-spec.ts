import type { ReadyMode } from './ready-mode.ts';

/** Where a standard stream goes. Paths are absolute. */
export type StdioTarget = { kind: 'null' } | { kind: 'file'; path: string } | { kind: 'inherit' };

/** A resource limit of setrlimit(2); null is infinity. Values in the resource's own unit. */
export interface LimitSpec {
  readonly resource: string;
  readonly soft: number | null;
  readonly hard: number | null;
}

/**
 * What a daemon is to be: everything `restart` needs to start it again. Written into the record,
 * so nothing of the inherited environment stands here. All paths are absolute.
 */
export interface DaemonSpec {
  readonly name: string;
  readonly pidFile: string;
  /** The program or script to run. */
  readonly entry: string;
  readonly args: readonly string[];
  /** The program that runs the entry; null: chosen by the entry's kind. */
  readonly interpreter: string | null;
  /** Arguments for the interpreter, before the entry (Node's `--import`, for example). */
  readonly interpreterArgs: readonly string[];
  readonly cwd: string;
  readonly chroot: string | null;
  readonly umask: number;
  /** Name or number. */
  readonly user: string | null;
  readonly group: string | null;
  readonly initGroups: boolean;
  readonly environment: {
    readonly set: Readonly<Record<string, string>>;
    readonly files: readonly string[];
    /** Taken from the caller even where `clear` is set; the values are never written down. */
    readonly pass: readonly string[];
    readonly clear: boolean;
  };
  readonly stdin: StdioTarget;
  readonly stdout: StdioTarget;
  readonly stderr: StdioTarget;
  readonly keepFds: readonly number[];
  readonly core: boolean;
  readonly nice: number | null;
  readonly limits: readonly LimitSpec[];
  readonly oomScoreAdj: number | null;
  readonly noNewPrivs: boolean;
  readonly ready: ReadyMode;
  readonly readyTimeoutMs: number;
  /** How long a command must live to count as ready under `auto`. */
  readonly settleMs: number;
  /** Signal numbers. */
  readonly stopSignal: number;
  readonly reloadSignal: number;
  /** Between the stop signal and SIGKILL. */
  readonly graceMs: number;
}
