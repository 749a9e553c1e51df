import { isAbsolute, join, resolve } from 'node:path';
import { DaemonError } from '../errors.ts';

/** Where daimon keeps its files. All absolute. */
export interface Places {
  /** PID files and locks. */
  readonly runtime: string;
  /** Records. */
  readonly state: string;
  readonly logs: string;
}

/** All of them below one folder. */
export function placesIn(home: string): Places {
  return { runtime: join(home, 'run'), state: join(home, 'state'), logs: join(home, 'logs') };
}

/** Whose files they are, and on what kind of system. */
export type HomeKind = 'root' | 'bsd-root' | 'xdg' | 'local-app-data';

// Filesystem Hierarchy Standard 3.0; hier(7) of FreeBSD and macOS.
const ROOT_PLACES = {
  root: { runtime: '/run/daimon', state: '/var/lib/daimon', logs: '/var/log/daimon' },
  'bsd-root': { runtime: '/var/run/daimon', state: '/var/db/daimon', logs: '/var/log/daimon' },
} as const;

/**
 * The default places: `DAIMON_HOME` overrides all; root uses /run, /var/lib and /var/log;
 * others the XDG base directories; on Windows all is in %LOCALAPPDATA%, which is not carried from
 * machine to machine. Root ignores XDG_RUNTIME_DIR: /run/user/0 is emptied at logout.
 */
export function placesFor(
  environment: Readonly<Record<string, string | undefined>>,
  kind: HomeKind,
): Places {
  if (environment.DAIMON_HOME) return placesIn(resolve(environment.DAIMON_HOME));
  if (kind === 'local-app-data') return placesIn(join(localAppData(environment), 'daimon'));
  if (kind === 'root' || kind === 'bsd-root') return ROOT_PLACES[kind];
  const stateHome =
    absolute(environment.XDG_STATE_HOME) ??
    (environment.HOME && join(environment.HOME, '.local', 'state'));
  if (!stateHome) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      'Neither HOME nor XDG_STATE_HOME is set, so there is no place for files; set DAIMON_HOME=/some/folder',
    );
  }
  const state = join(stateHome, 'daimon');
  const runtimeHome = absolute(environment.XDG_RUNTIME_DIR);
  return {
    runtime: runtimeHome ? join(runtimeHome, 'daimon') : join(state, 'run'),
    state,
    logs: state,
  };
}

function localAppData(environment: Readonly<Record<string, string | undefined>>): string {
  const folder = absolute(environment.LOCALAPPDATA);
  if (folder !== null) return folder;
  throw new DaemonError(
    'INVALID_ARGUMENT',
    'LOCALAPPDATA is not set, so there is no place for files; set DAIMON_HOME=C:\\some\\folder',
  );
}

/** What is relative is invalid, and to be passed over. XDG Base Directory Specification 0.8. */
function absolute(folder: string | undefined): string | null {
  return folder !== undefined && isAbsolute(folder) ? folder : null;
}
