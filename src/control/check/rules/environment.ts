import type { CheckFacts } from '../facts.ts';
import { denied, type Finding, pass, remark } from '../finding.ts';
import { isHosted } from './session.ts';

// Somebody else's channel or socket: sd_notify(3), sd_listen_fds(3), Node's child_process.
const MARKERS = [
  'NOTIFY_SOCKET',
  'WATCHDOG_PID',
  'WATCHDOG_USEC',
  'LISTEN_PID',
  'LISTEN_FDS',
  'NODE_CHANNEL_FD',
  'NODE_UNIQUE_ID',
];
// They change which code runs: ld.so(8), bash(1).
const LOADERS = ['LD_PRELOAD', 'LD_LIBRARY_PATH', 'LD_AUDIT', 'BASH_ENV', 'IFS'];
const LOGIN = [
  'DISPLAY',
  'WAYLAND_DISPLAY',
  'XAUTHORITY',
  'DBUS_SESSION_BUS_ADDRESS',
  'SSH_AUTH_SOCK',
  'SSH_CLIENT',
  'SSH_CONNECTION',
  'SSH_TTY',
  'SUDO_COMMAND',
  'SUDO_USER',
  'TMUX',
  'STY',
  'WINDOWID',
  'XDG_SESSION_ID',
];

/** daemon(7), SysV step 4. Names alone are known here; values never are. */
export function checkEnvironment(facts: CheckFacts): Finding {
  const { environmentNames } = facts;
  if (environmentNames.kind === 'denied') return denied('environment');
  const names = environmentNames.value;
  const among = (known: readonly string[]) => known.filter((name) => names.includes(name));
  const markers = isHosted(facts) ? [] : among(MARKERS);
  const said = [
    ...describe('meant for another process', markers),
    ...describe('change which code runs', among(LOADERS)),
    ...describe("of somebody's login", among(LOGIN)),
  ];
  if (said.length === 0)
    return pass('environment', `${names.length} variables, none of a login or a loader`);
  return remark(
    'environment',
    said.join('; '),
    'Unless they were meant: daimon start --clear-env, and --env for what it needs',
  );
}

function describe(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(', ')}`];
}
