import { closeSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { DaemonError } from '../errors.ts';
import type { User } from '../os/system.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';
import { controllerOf, type Ids, openAs } from './open-as.ts';

/** What must not pass from a service manager's own process to a daemon of its own. sd_notify(3), sd_listen_fds(3). */
const ANOTHER_HOSTS = [
  'NOTIFY_SOCKET',
  'WATCHDOG_PID',
  'WATCHDOG_USEC',
  'LISTEN_PID',
  'LISTEN_FDS',
  'LISTEN_FDNAMES',
];
/** Node's IPC channel belongs to the caller alone. child_process, "options.stdio: 'ipc'". */
const CALLERS_CHANNEL = ['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID'];
/** What a cleared environment keeps, so that programs find each other at all. */
const CLEARED_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The daemon's environment: inherited (or cleared), then the user's, then the files', then what was set. */
export function composeEnvironment(
  spec: DaemonSpec,
  inherited: Readonly<Record<string, string | undefined>>,
  user: User | null,
  ids: Ids | null,
): Record<string, string> {
  const result: Record<string, string> = {};
  const base = spec.environment.clear ? { PATH: inherited.PATH ?? CLEARED_PATH } : inherited;
  for (const [key, value] of Object.entries(base)) if (value !== undefined) result[key] = value;
  for (const key of [...ANOTHER_HOSTS, ...CALLERS_CHANNEL]) delete result[key];
  if (user !== null) {
    Object.assign(result, {
      USER: user.name,
      LOGNAME: user.name,
      HOME: user.home,
      SHELL: user.shell,
    });
  }
  for (const file of spec.environment.files) Object.assign(result, readEnvFile(file, ids));
  for (const key of spec.environment.pass) {
    const value = inherited[key];
    if (value !== undefined) result[key] = value;
  }
  return Object.assign(result, spec.environment.set);
}

function readEnvFile(path: string, ids: Ids | null): NodeJS.Dict<string> {
  const controller = controllerOf(path, ids);
  try {
    const fd = openAs(path, controller);
    try {
      const text = readFileSync(fd, 'utf8');
      if (text.includes('\0')) throw new Error('it holds a zero byte, where a variable would end');
      return parseEnv(text);
    } finally {
      closeSync(fd);
    }
  } catch (cause) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `Cannot read the environment file ${path}${asWhom(controller)}: ${(cause as Error).message}`,
      {
        path,
        cause,
      },
    );
  }
}

function asWhom(controller: Ids | null): string {
  return controller === null
    ? ''
    : ` as uid ${controller.uid}, who could lay a link to any file there`;
}
