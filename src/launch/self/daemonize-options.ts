import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DaemonError } from '../../errors.ts';
import { checkOptions, checkTimeMs } from '../../spec/check-options.ts';
import { LONGEST_TIMER_MS } from '../../spec/duration.ts';
import { parseUmask } from '../../spec/resolve-spec.ts';
import { type FdSource, fdOf, keptFdsOf } from './fd-source.ts';
import type { SelfStream } from './launch-self.ts';

/** Where a standard stream goes: a path (appended to), an open file of any form, null for /dev/null. */
export type StreamTarget = string | FdSource | null;

/** Options of {@link daemonize} and {@link Daemonizer.daemonize}. Relative paths are the caller's. */
export interface DaemonizeOptions {
  /** The daemon's working directory. Default: the caller's. */
  cwd?: string | undefined;
  /** Standard input. Default: /dev/null. */
  stdin?: StreamTarget | undefined;
  /** Standard output. Default: /dev/null. */
  stdout?: StreamTarget | undefined;
  /** Standard error. Default: /dev/null, once the daemon is up. */
  stderr?: StreamTarget | undefined;
  /** A number, or octal digits as text: `0o027`, `"027"` and `"0o27"` are the same. Default: `0o027`. */
  umask?: number | string | undefined;
  /** Open files that stay open in the daemon, at the same number. All others are closed. */
  keepFds?: readonly FdSource[] | undefined;
  /**
   * When the daemon is ready: `auto`, when its call has returned and it came through the next turn of
   * its event loop; `notify`, when it calls {@link ready}. Default: `auto`.
   */
  ready?: 'auto' | 'notify' | undefined;
  /** How long it may take to be ready, in milliseconds. Default: 30,000. */
  readyTimeoutMs?: number | undefined;
  /** Leave the program's arguments out of the daemon's `process.argv`. Default: false. */
  stripArgs?: boolean | undefined;
  /** Options for the daemon's runtime. Default: this process' own, without the debugger's. */
  execArgv?: readonly string[] | undefined;
  /**
   * `auto`: not where a service manager or a container has started this process, which would lose
   * it; the call then returns here. Default: `auto`.
   */
  detach?: boolean | 'auto' | undefined;
  /** False: the parent goes on, and is told that it is the parent. Default: true. */
  exitParent?: boolean | undefined;
  /** Aborted before the daemon is ready: the daemon is ended, and the call rejects. */
  signal?: AbortSignal | undefined;
}

const KNOWN = {
  cwd: 'string',
  stdin: 'any',
  stdout: 'any',
  stderr: 'any',
  umask: ['number', 'string'],
  keepFds: 'object',
  ready: 'string',
  readyTimeoutMs: 'number',
  stripArgs: 'boolean',
  execArgv: 'object',
  detach: ['boolean', 'string'],
  exitParent: 'boolean',
  signal: 'object',
} as const;

const DEFAULT_UMASK = 0o027;

/** The options, checked and with their defaults. `undefined` for what was not given and has none. */
export function checkDaemonizeOptions(options: DaemonizeOptions, owner: string) {
  checkOptions(options, KNOWN, owner);
  const { ready = 'auto', detach = 'auto' } = options;
  if (ready !== 'auto' && ready !== 'notify')
    throw invalid(`ready must be "auto" or "notify", not ${JSON.stringify(ready)}`);
  if (typeof detach === 'string' && detach !== 'auto')
    throw invalid(`detach must be true, false or "auto", not ${JSON.stringify(detach)}`);
  return {
    cwd: options.cwd === undefined ? undefined : resolve(options.cwd),
    umask: parseUmask(options.umask ?? DEFAULT_UMASK),
    stdio: [
      checkStream(options.stdin, 'stdin'),
      checkStream(options.stdout, 'stdout'),
      checkStream(options.stderr, 'stderr'),
    ] as const,
    keptFds: keptFdsOf(options.keepFds ?? [], 'keepFds'),
    ready,
    readyTimeoutMs: checkTimeout(options.readyTimeoutMs),
    stripArgs: options.stripArgs ?? false,
    execArgv: options.execArgv,
    detach,
    exitParent: options.exitParent ?? true,
    signal: options.signal,
  };
}

function invalid(message: string): DaemonError {
  return new DaemonError('INVALID_ARGUMENT', message);
}

export function checkTimeout(timeoutMs: number | undefined): number | undefined {
  const checked = checkTimeMs(timeoutMs, 'readyTimeoutMs');
  return checked === undefined ? undefined : Math.min(checked, LONGEST_TIMER_MS);
}

export function checkStream(target: StreamTarget | undefined, option: string): SelfStream {
  if (target === undefined || target === null) return target;
  if (typeof target === 'string') {
    if (target === '') throw invalid(`${option} is an empty path`);
    return resolve(target);
  }
  return fdOf(target, option);
}

/** The path of a PID file, absolute. */
export function checkPidFilePath(pidFile: unknown, owner: string): string {
  if (pidFile instanceof URL && pidFile.protocol === 'file:') return fileURLToPath(pidFile);
  if (typeof pidFile === 'string' && pidFile !== '' && !pidFile.includes('\0'))
    return resolve(pidFile);
  throw invalid(
    `${owner} needs the path of a PID file, for example "app.pid", not ${JSON.stringify(pidFile) ?? typeof pidFile}`,
  );
}
