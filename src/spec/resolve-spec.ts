import { basename, isAbsolute, join, resolve } from 'node:path';
import { DaemonError } from '../errors.ts';
import type { DaemonSpec, LimitSpec, StdioTarget } from './daemon-spec.ts';
import { LONGEST_TIMER_MS } from './duration.ts';
import { endingOf } from './ending.ts';
import type { Places } from './places.ts';
import { HIGHEST_FD, parseReadyMode, type ReadyMode } from './ready-mode.ts';

/** What a caller may say of a daemon; everything else has a default. Paths may be relative to `cwd`. */
export interface SpecOptions {
  name?: string | undefined;
  pidFile?: string | undefined;
  cwd?: string | undefined;
  chroot?: string | undefined;
  /** A number, or octal digits: `"022"`, `"0o22"` and 18 are the same. */
  umask?: number | string | undefined;
  user?: string | undefined;
  group?: string | undefined;
  initGroups?: boolean | undefined;
  env?: Readonly<Record<string, string>> | undefined;
  envFiles?: readonly string[] | undefined;
  /** Names of variables to take from the caller. */
  passEnv?: readonly string[] | undefined;
  clearEnv?: boolean | undefined;
  /** A path, `null` or `inherit`. */
  stdin?: string | undefined;
  stdout?: string | undefined;
  stderr?: string | undefined;
  /** One file for stdout and stderr. */
  log?: string | undefined;
  keepFds?: readonly number[] | undefined;
  core?: boolean | undefined;
  nice?: number | undefined;
  limits?: readonly LimitSpec[] | undefined;
  oomScoreAdj?: number | undefined;
  noNewPrivs?: boolean | undefined;
  ready?: string | undefined;
  readyTimeoutMs?: number | undefined;
  settleMs?: number | undefined;
  /** Signal numbers. */
  stopSignal?: number | undefined;
  reloadSignal?: number | undefined;
  graceMs?: number | undefined;
  interpreter?: string | undefined;
  interpreterArgs?: readonly string[] | undefined;
}

/** Where the caller stands: relative paths and default places follow from it. */
export interface Caller {
  readonly cwd: string;
  readonly places: Places;
}

export const DEFAULT_UMASK = 0o022;
export const DEFAULT_READY_TIMEOUT_MS = 30_000;
export const DEFAULT_SETTLE_MS = 100;
export const DEFAULT_GRACE_MS = 10_000;
const SIGHUP = 1;
const SIGTERM = 15;
const LONGEST_NAME = 100;

/** The whole spec of a daemon from what was said of it. Pure. `entry` is absolute. */
export function resolveSpec(
  entry: string,
  args: readonly string[],
  options: SpecOptions,
  caller: Caller,
): DaemonSpec {
  const path = (given: string) => resolve(caller.cwd, given);
  const name = checkName(options.name ?? nameOf(entry));
  const chroot = options.chroot === undefined ? null : path(options.chroot);
  const log = options.log === undefined ? join(caller.places.logs, `${name}.log`) : options.log;
  const stream = (given: string | undefined, fallback: string) =>
    parseStream(given ?? fallback, path);
  const [user, groupOfUser] = splitUser(options.user);
  const spec: DaemonSpec = {
    name,
    pidFile:
      options.pidFile === undefined
        ? join(caller.places.runtime, `${name}.pid`)
        : path(options.pidFile),
    entry,
    args: [...args],
    interpreter: options.interpreter ?? null,
    interpreterArgs: [...(options.interpreterArgs ?? [])],
    cwd: options.cwd === undefined ? (chroot ?? caller.cwd) : path(options.cwd),
    chroot,
    umask: parseUmask(options.umask ?? DEFAULT_UMASK),
    user,
    group: options.group ?? groupOfUser,
    initGroups: options.initGroups ?? true,
    environment: {
      set: { ...options.env },
      files: (options.envFiles ?? []).map(path),
      pass: [...(options.passEnv ?? [])],
      clear: options.clearEnv ?? false,
    },
    stdin: stream(options.stdin, 'null'),
    stdout: stream(options.stdout, log),
    stderr: stream(options.stderr, log),
    keepFds: checkFds(options.keepFds ?? []),
    core: options.core ?? false,
    nice: checkRange(options.nice, -20, 19, '--nice'),
    limits: [...(options.limits ?? [])],
    oomScoreAdj: checkRange(options.oomScoreAdj, -1000, 1000, '--oom-score-adj'),
    noNewPrivs: options.noNewPrivs ?? false,
    ready: checkReady(parseReadyMode(options.ready ?? 'auto'), options.keepFds ?? []),
    readyTimeoutMs: timerMs(options.readyTimeoutMs ?? DEFAULT_READY_TIMEOUT_MS),
    settleMs: timerMs(options.settleMs ?? DEFAULT_SETTLE_MS),
    stopSignal: options.stopSignal ?? SIGTERM,
    reloadSignal: options.reloadSignal ?? SIGHUP,
    graceMs: timerMs(options.graceMs ?? DEFAULT_GRACE_MS),
  };
  refuseZeroBytes(spec);
  return spec;
}

/** Words, paths and variables of a process end at a zero byte: what stands behind it would be lost, untold. */
function refuseZeroBytes(value: unknown): void {
  // The text itself is not repeated: it may hold a secret.
  if (typeof value === 'string' && value.includes('\0'))
    throw invalid('A word, path or variable holds a zero byte, which no process can be given');
  if (typeof value !== 'object' || value === null) return;
  for (const part of Object.entries(value).flat()) refuseZeroBytes(part);
}

/** For ever is as long as a timer can be set to; JSON, which records are written in, has no Infinity. */
function timerMs(timeMs: number): number {
  return Math.min(timeMs, LONGEST_TIMER_MS);
}

function invalid(message: string): DaemonError {
  return new DaemonError('INVALID_ARGUMENT', message);
}

/** `server` for /app/server.ts. */
function nameOf(entry: string): string {
  const base = basename(entry);
  return base.slice(0, base.length - endingOf(base).length) || base;
}

/** A name is part of file names and command lines. */
function checkName(name: string): string {
  if (/^[A-Za-z0-9_][A-Za-z0-9_.@:+-]*$/.test(name) && name.length <= LONGEST_NAME) return name;
  throw invalid(
    `${JSON.stringify(name)} is no name for a daemon; use letters, digits, "_", "-", ".", "@", ":", "+" ` +
      `(at most ${LONGEST_NAME}), with --name`,
  );
}

/** Octal digits, as in every shell: never decimal 22 for "022". */
export function parseUmask(umask: number | string): number {
  const text = typeof umask === 'string' ? umask.replace(/^0o/, '') : null;
  if (text !== null && !/^[0-7]{1,4}$/.test(text)) {
    throw invalid(`${JSON.stringify(umask)} is no umask; write octal digits, for example 022`);
  }
  const value = text === null ? Number(umask) : Number.parseInt(text, 8);
  if (Number.isInteger(value) && value >= 0 && value <= 0o777) return value;
  throw invalid(`${JSON.stringify(umask)} is no umask; it goes from 0 to 0o777 (octal)`);
}

function parseStream(given: string, path: (given: string) => string): StdioTarget {
  if (given === 'null' || given === '/dev/null') return { kind: 'null' };
  if (given === 'inherit') return { kind: 'inherit' };
  if (given === '') throw invalid('A file for a standard stream has an empty name');
  return { kind: 'file', path: isAbsolute(given) ? given : path(given) };
}

/** `user:group`, as chown(1) takes it. */
function splitUser(given: string | undefined): [string | null, string | null] {
  if (given === undefined) return [null, null];
  const [user, group, ...more] = given.split(':');
  if (!user || group === '' || more.length > 0)
    throw invalid(`"${given}" is no user; write NAME, UID or USER:GROUP`);
  return [user, group ?? null];
}

function checkFds(fds: readonly number[]): number[] {
  for (const fd of fds) {
    if (!Number.isInteger(fd) || fd < 3 || fd > HIGHEST_FD) {
      throw invalid(
        `${fd} is no file descriptor to keep; 0, 1 and 2 are set by --stdin, --stdout and --stderr`,
      );
    }
  }
  return [...new Set(fds)].sort((a, b) => a - b);
}

function checkReady(mode: ReadyMode, keptFds: readonly number[]): ReadyMode {
  if (mode.kind !== 'fd' || !keptFds.includes(mode.fd)) return mode;
  throw invalid(`--ready fd:${mode.fd} and --keep-fd ${mode.fd} want the same file descriptor`);
}

function checkRange(
  value: number | undefined,
  lowest: number,
  highest: number,
  option: string,
): number | null {
  if (value === undefined) return null;
  if (Number.isInteger(value) && value >= lowest && value <= highest) return value;
  throw invalid(`${option} ${value} is out of range: it goes from ${lowest} to ${highest}`);
}
