import { DaemonError } from '../errors.ts';
import { parseSignal } from '../os/signals.ts';
import { parseDuration } from '../spec/duration.ts';
import { parseLimit } from '../spec/limits.ts';
import type { SpecOptions } from '../spec/resolve-spec.ts';
import type { ParsedArguments, Session } from './command.ts';

/** The last value given for an option. */
export function textOf(args: ParsedArguments, name: string): string | undefined {
  const given = args.options.get(name);
  return given === undefined || given === true ? undefined : given.at(-1);
}

export function textsOf(args: ParsedArguments, name: string): readonly string[] {
  const given = args.options.get(name);
  return given === undefined || given === true ? [] : given;
}

export function isSet(args: ParsedArguments, name: string): boolean {
  return args.options.has(name);
}

export function durationOf(args: ParsedArguments, name: string): number | undefined {
  const text = textOf(args, name);
  return text === undefined ? undefined : parseDuration(text, `--${name}`);
}

function integerOf(args: ParsedArguments, name: string): number | undefined {
  const text = textOf(args, name);
  return text === undefined ? undefined : parseInteger(text, name);
}

function parseInteger(text: string, name: string): number {
  if (/^[+-]?\d{1,9}$/.test(text)) return Number(text);
  throw new DaemonError('INVALID_ARGUMENT', `--${name} "${text}" is no whole number`);
}

function signalOf(args: ParsedArguments, name: string): number | undefined {
  const text = textOf(args, name);
  return text === undefined ? undefined : parseSignal(text);
}

/** The options of `start` and `run` as a caller's words on a spec. */
export function specOptions({ args }: Session): SpecOptions {
  const assignments = textsOf(args, 'env').map(parseAssignment);
  return {
    name: textOf(args, 'name'),
    pidFile: textOf(args, 'pid-file'),
    cwd: textOf(args, 'cwd'),
    chroot: textOf(args, 'chroot'),
    umask: textOf(args, 'umask'),
    user: textOf(args, 'user'),
    group: textOf(args, 'group'),
    initGroups: !isSet(args, 'no-init-groups'),
    env: Object.fromEntries(
      assignments.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]])),
    ),
    passEnv: assignments.flatMap(({ key, value }) => (value === undefined ? [key] : [])),
    envFiles: [...textsOf(args, 'env-file'), ...textsOf(args, 'environment-file')],
    clearEnv: isSet(args, 'clear-env'),
    stdin: textOf(args, 'stdin'),
    stdout: textOf(args, 'stdout'),
    stderr: textOf(args, 'stderr'),
    log: textOf(args, 'log'),
    keepFds: textsOf(args, 'keep-fd').map((text) => parseInteger(text, 'keep-fd')),
    core: isSet(args, 'core'),
    nice: integerOf(args, 'nice'),
    limits: textsOf(args, 'limit').map(parseLimit),
    oomScoreAdj: integerOf(args, 'oom-score-adj'),
    noNewPrivs: isSet(args, 'no-new-privs'),
    ready: textOf(args, 'ready'),
    readyTimeoutMs: durationOf(args, 'ready-timeout'),
    settleMs: durationOf(args, 'settle'),
    stopSignal: signalOf(args, 'stop-signal'),
    reloadSignal: signalOf(args, 'reload-signal'),
    graceMs: durationOf(args, 'grace'),
    interpreter: textOf(args, 'interpreter'),
    interpreterArgs: textsOf(args, 'interpreter-arg'),
  };
}

/** `KEY=value`; `KEY` alone takes the caller's value, if there is one, as docker run -e does. */
function parseAssignment(text: string): { key: string; value: string | undefined } {
  const [, key, value] = /^([A-Za-z_][A-Za-z0-9_]*)(?:=([\s\S]*))?$/.exec(text) ?? [];
  if (key !== undefined) return { key, value };
  // The text itself is not repeated: it may hold a secret.
  throw new DaemonError(
    'INVALID_ARGUMENT',
    '--env takes KEY=VALUE, with a key of letters, digits and "_"',
  );
}
