import { isAbsolute } from 'node:path';
import { resources } from '../os/resources.ts';
import type { DaemonSpec } from './daemon-spec.ts';
import { LONGEST_TIMER_MS } from './duration.ts';
import { HIGHEST_FD } from './ready-mode.ts';

type Check = (value: unknown) => boolean;

const isBoolean: Check = (value) => typeof value === 'boolean';
const isText: Check = (value) => typeof value === 'string' && !value.includes('\0');
const isPath: Check = (value) => typeof value === 'string' && isText(value) && isAbsolute(value);
const isWithin =
  (lowest: number, highest: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= lowest && (value as number) <= highest;
const isFd = isWithin(3, HIGHEST_FD);
const isSignal = isWithin(1, 64);
const isTimeMs: Check = (value) =>
  typeof value === 'number' && value >= 0 && value <= LONGEST_TIMER_MS;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const objectOf =
  (members: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isObject(value) && Object.entries(members).every(([key, check]) => check(value[key]));

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const isTexts: Check = (value) => isObject(value) && Object.values(value).every(isText);
const isStream: Check = (value) =>
  isObject(value) &&
  (value.kind === 'null' ||
    value.kind === 'inherit' ||
    (value.kind === 'file' && isPath(value.path)));

const READY_MEMBERS: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  auto: {},
  exec: {},
  loaded: {},
  listening: {},
  notify: {},
  ipc: {},
  fd: { fd: isFd },
  tcp: { host: isText, port: isWithin(1, 65_535) },
  http: { url: (value) => typeof value === 'string' && URL.canParse(value) },
};
const isReady: Check = (value) => {
  if (!isObject(value) || typeof value.kind !== 'string') return false;
  const members = Object.hasOwn(READY_MEMBERS, value.kind) ? READY_MEMBERS[value.kind] : undefined;
  return members !== undefined && objectOf(members)(value);
};

// What "restart" needs to be as it was written: the compiler asks for every member.
const MEMBERS: Readonly<Record<keyof DaemonSpec, Check>> = {
  name: isText,
  pidFile: isPath,
  entry: isText,
  args: listOf(isText),
  interpreter: orNull(isText),
  interpreterArgs: listOf(isText),
  cwd: isPath,
  chroot: orNull(isPath),
  umask: isWithin(0, 0o777),
  user: orNull(isText),
  group: orNull(isText),
  initGroups: isBoolean,
  environment: objectOf({
    set: isTexts,
    files: listOf(isPath),
    pass: listOf(isText),
    clear: isBoolean,
  }),
  stdin: isStream,
  stdout: isStream,
  stderr: isStream,
  keepFds: listOf(isFd),
  core: isBoolean,
  nice: orNull(isWithin(-20, 19)),
  limits: listOf(
    objectOf({
      resource: (value) => typeof value === 'string' && resources().has(value),
      soft: orNull(isWithin(0, Number.MAX_SAFE_INTEGER)),
      hard: orNull(isWithin(0, Number.MAX_SAFE_INTEGER)),
    }),
  ),
  oomScoreAdj: orNull(isWithin(-1000, 1000)),
  noNewPrivs: isBoolean,
  ready: isReady,
  readyTimeoutMs: isTimeMs,
  settleMs: isTimeMs,
  stopSignal: isSignal,
  reloadSignal: isSignal,
  graceMs: isTimeMs,
};

/** True for what {@link resolveSpec} could have made, read back from a file that may be torn or foreign. */
export function isDaemonSpec(value: unknown): value is DaemonSpec {
  return objectOf(MEMBERS)(value);
}
