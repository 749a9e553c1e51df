import type { OptionSpec } from './command.ts';

const IDENTITY = 'Name and files';
const PLACE = 'Where and as whom';
const ENVIRONMENT = 'Environment';
const STREAMS = 'Streams and file descriptors';
const RESOURCES = 'Resources';
const LIFE = 'Ready and stop';

const READY_WORDS = [
  'auto',
  'exec',
  'loaded',
  'listening',
  'notify',
  'ipc',
  'fd:',
  'tcp:',
  'http://',
];

/** What `start` and `run` take alike: the spec of a daemon. */
export const LAUNCH_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'name',
    short: 'n',
    value: 'NAME',
    help: "the daemon's name (default: the entry's base name)",
    group: IDENTITY,
  },
  {
    name: 'pid-file',
    value: 'FILE',
    help: 'where its pid is written (default: NAME.pid in the runtime folder)',
    complete: 'file',
    group: IDENTITY,
  },
  {
    name: 'interpreter',
    value: 'PROGRAM',
    help: 'what runs the entry, for example python3 or bun',
    complete: 'file',
    group: IDENTITY,
  },
  {
    name: 'interpreter-arg',
    value: 'ARG',
    multiple: true,
    help: 'an argument for it, before the entry (repeatable)',
    group: IDENTITY,
  },

  {
    name: 'cwd',
    value: 'DIR',
    help: "working directory (default: the caller's)",
    complete: 'folder',
    group: PLACE,
  },
  { name: 'chroot', value: 'DIR', help: 'new root directory', complete: 'folder', group: PLACE },
  { name: 'umask', value: 'OCTAL', help: 'file mode creation mask (default: 022)', group: PLACE },
  {
    name: 'user',
    short: 'u',
    value: 'USER',
    help: 'user to become, with its groups; name, uid or USER:GROUP',
    complete: 'user',
    group: PLACE,
  },
  {
    name: 'group',
    short: 'g',
    value: 'GROUP',
    help: "primary group (default: the user's)",
    complete: 'group',
    group: PLACE,
  },
  { name: 'no-init-groups', help: "without the user's supplementary groups", group: PLACE },

  {
    name: 'env',
    short: 'e',
    value: 'KEY=VALUE',
    multiple: true,
    help: 'set a variable; KEY alone takes it from here (repeatable)',
    group: ENVIRONMENT,
  },
  {
    name: 'env-file',
    value: 'FILE',
    multiple: true,
    help: 'read KEY=VALUE lines (repeatable)',
    complete: 'file',
    group: ENVIRONMENT,
  },
  {
    name: 'environment-file',
    value: 'FILE',
    multiple: true,
    help: 'the same, unseen by Node itself (see SECURITY.md)',
    complete: 'file',
    group: ENVIRONMENT,
  },
  { name: 'clear-env', help: 'inherit nothing but PATH', group: ENVIRONMENT },

  {
    name: 'stdin',
    value: 'FILE',
    help: 'FILE, null or inherit (default: null)',
    complete: 'file',
    group: STREAMS,
  },
  {
    name: 'stdout',
    value: 'FILE',
    help: 'FILE (appended to), null or inherit',
    complete: 'file',
    group: STREAMS,
  },
  {
    name: 'stderr',
    value: 'FILE',
    help: 'FILE (appended to), null or inherit',
    complete: 'file',
    group: STREAMS,
  },
  {
    name: 'log',
    short: 'l',
    value: 'FILE',
    help: 'one file for both (default: NAME.log in the log folder)',
    complete: 'file',
    group: STREAMS,
  },
  {
    name: 'keep-fd',
    value: 'N',
    multiple: true,
    help: 'pass an open file descriptor on, at its number (repeatable)',
    group: STREAMS,
  },

  { name: 'core', help: 'allow core dumps', group: RESOURCES },
  { name: 'nice', value: 'N', help: 'priority, -20 (first) to 19 (last)', group: RESOURCES },
  {
    name: 'limit',
    value: 'RES=SOFT[:HARD]',
    multiple: true,
    help: 'resource limit, for example nofile=4096 or as=2G (repeatable)',
    group: RESOURCES,
  },
  {
    name: 'oom-score-adj',
    value: 'N',
    help: 'how readily the kernel ends it when memory runs out, -1000 to 1000',
    group: RESOURCES,
  },
  { name: 'no-new-privs', help: 'no set-user-id program gives it more rights', group: RESOURCES },

  {
    name: 'ready',
    short: 'r',
    value: 'HOW',
    help: 'auto, exec, loaded, listening, notify, ipc, fd:N, tcp:[HOST:]PORT, http:URL',
    complete: READY_WORDS,
    group: LIFE,
  },
  {
    name: 'ready-timeout',
    value: 'TIME',
    help: 'how long it may take to be ready (default: 30s)',
    group: LIFE,
  },
  {
    name: 'settle',
    value: 'TIME',
    help: 'how long a command must live to be ready by itself (default: 100ms)',
    group: LIFE,
  },
  {
    name: 'stop-signal',
    value: 'SIGNAL',
    help: 'what asks it to stop (default: TERM)',
    complete: 'signal',
    group: LIFE,
  },
  {
    name: 'reload-signal',
    value: 'SIGNAL',
    help: 'what asks it to reload (default: HUP)',
    complete: 'signal',
    group: LIFE,
  },
  {
    name: 'grace',
    value: 'TIME',
    help: 'between the stop signal and SIGKILL (default: 10s)',
    group: LIFE,
  },
];
