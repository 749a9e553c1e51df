import type { Command, OptionSpec } from './command.ts';
import { LAUNCH_OPTIONS } from './launch-options.ts';

export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { name: 'help', short: 'h', help: 'show this help' },
];

const JSON_OPTION: OptionSpec = { name: 'json', help: 'print JSON, for programs' };
const ALL: OptionSpec = { name: 'all', short: 'a', help: 'every daemon' };
const STOP_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'grace',
    value: 'TIME',
    help: "between the stop signal and SIGKILL (default: the daemon's own, 10s)",
  },
  {
    name: 'signal',
    short: 's',
    value: 'SIGNAL',
    help: "what asks it to stop (default: the daemon's own, TERM)",
    complete: 'signal',
  },
];

const FOREGROUND_STREAMS: Readonly<Record<string, string>> = {
  stdin: 'FILE, null or inherit (default: inherit)',
  stdout: 'FILE (appended to), null or inherit (default: inherit)',
  stderr: 'FILE (appended to), null or inherit (default: inherit)',
  log: 'one file for both',
};
const runOptions = (): readonly OptionSpec[] => [
  ...LAUNCH_OPTIONS.map((option) => ({
    ...option,
    help: FOREGROUND_STREAMS[option.name] ?? option.help,
  })),
  {
    name: 'single-child',
    help: 'forward signals to the program alone, not to its process group',
    group: 'Signals',
  },
  {
    name: 'rewrite',
    value: 'SIG:SIG',
    multiple: true,
    help: 'forward the second instead of the first; SIG:0 drops it (repeatable)',
    group: 'Signals',
  },
];

type Words = Omit<Command, 'name'>;

/** Every command: its words for the parser, the help and the completions, made on use, as its code is loaded on use. */
const COMMANDS: Readonly<Record<string, () => Words>> = {
  start: () => ({
    usage: 'start [options] <entry> [-- args]',
    summary: 'start a program as a daemon, and return when it is ready',
    details: [
      'A Node program (.js, .mjs, .cjs, .ts) is ready when its main module has loaded, any other when it has run for --settle; --ready says otherwise. TIME is 500ms, 10s, 2m or 1h; a bare number is seconds.',
    ],
    options: [...LAUNCH_OPTIONS, JSON_OPTION],
    passesArguments: true,
    positionals: 'entry',
    examples: [
      ['daimon start server.ts', 'a Node program, ready when its main module has loaded'],
      ['daimon start --name web server.js -- --port 8080', 'with a name and arguments of its own'],
      [
        "daimon start --ready tcp:80 nginx -- -g 'daemon off;'",
        'a program of the PATH, ready when it answers',
      ],
      [
        'daimon start --user www-data --environment-file .env app.mjs',
        'as another user, with an environment file',
      ],
    ],
    load: () => import('./commands/start.ts'),
  }),
  run: () => ({
    usage: 'run [options] [--] <entry> [args]',
    summary:
      'run a program in the foreground, as a good parent and the first process of a container',
    options: runOptions(),
    passesArguments: true,
    entryEndsOptions: true,
    positionals: 'entry',
    examples: [
      ['daimon run server.ts', 'until it ends, and with its exit code'],
      ["daimon run -- nginx -g 'daemon off;'", 'the ENTRYPOINT or CMD of a container'],
      [
        "daimon run --rewrite TERM:QUIT -- nginx -g 'daemon off;'",
        'the same, and docker stop lets it finish its requests',
      ],
      ['daimon run --ready tcp:8080 app.js', 'fails when the port does not answer in time'],
    ],
    exitStatus: [
      ['N', "the program's own exit code"],
      ['128+N', 'signal N ended it'],
      ['1', 'it could not be started, or was not ready in time; the reason is on standard error'],
      ['2', 'wrong usage'],
    ],
    load: () => import('./commands/run.ts'),
  }),
  stop: () => ({
    usage: 'stop [options] <name|pid-file> …',
    summary: 'stop daemons and everything that descends from them',
    options: [...STOP_OPTIONS, ALL, JSON_OPTION],
    positionals: 'names',
    examples: [
      ['daimon stop web', 'SIGTERM, then after the grace SIGKILL'],
      ['daimon stop --grace 60s web worker', 'two of them, with a minute each'],
      ['daimon stop --all', 'every daemon that you started'],
    ],
    load: () => import('./commands/stop.ts'),
  }),
  restart: () => ({
    usage: 'restart [options] <name> …',
    summary: 'stop daemons and start them again as they were, with your environment of now',
    options: [...STOP_OPTIONS, ALL, JSON_OPTION],
    positionals: 'names',
    examples: [['daimon restart web', 'the same program, options and arguments']],
    load: () => import('./commands/restart.ts'),
  }),
  reload: () => ({
    usage: 'reload [options] <name> …',
    summary: 'ask daemons to read their configuration again',
    options: [
      {
        name: 'signal',
        short: 's',
        value: 'SIGNAL',
        help: "what asks it (default: the daemon's own, HUP)",
        complete: 'signal',
      },
      {
        name: 'timeout',
        value: 'TIME',
        help: 'how long it may take until it says READY again (default: 30s)',
      },
      {
        name: 'force',
        short: 'f',
        help: 'send the signal even if the daemon does not handle it and would end',
      },
      ALL,
    ],
    positionals: 'names',
    examples: [
      ['daimon reload nginx', 'SIGHUP; where the daemon speaks sd_notify, until it is READY again'],
      ['daimon reload --signal USR2 web', 'by another signal'],
    ],
    load: () => import('./commands/reload.ts'),
  }),
  signal: () => ({
    usage: 'signal <SIGNAL> <name> …',
    summary: 'send a signal to daemons, and never to a recycled pid',
    options: [ALL],
    positionals: 'signal',
    examples: [
      ['daimon signal USR1 web', 'by name, with or without SIG'],
      ['daimon signal 0 web', 'nothing is sent; tells whether it could be'],
    ],
    load: () => import('./commands/signal.ts'),
  }),
  wait: () => ({
    usage: 'wait [options] <name>',
    summary: 'wait until a daemon has ended, and tell how',
    options: [
      { name: 'timeout', value: 'TIME', help: 'give up after this long (exit status 1)' },
      JSON_OPTION,
    ],
    positionals: 'names',
    examples: [['daimon wait worker', 'sleeps until it ends; prints its exit code or signal']],
    load: () => import('./commands/wait.ts'),
  }),
  logs: () => ({
    usage: 'logs [options] <name> …',
    summary: 'print what daemons have written, or follow it',
    options: [
      {
        name: 'lines',
        short: 'n',
        value: 'N',
        help: 'the last N lines of each file, or all (default: all; 10 with --follow)',
      },
      { name: 'follow', short: 'f', help: 'go on with what is written from now on, until Ctrl-C' },
      { name: 'until-end', help: 'follow until the daemons have ended' },
      {
        name: 'since',
        value: 'TIME',
        help: 'lines since then: 10m, 2h, 10:30, yesterday, 2026-11-20T10:00',
      },
      { name: 'stdout', help: 'standard output alone, where it has a file of its own' },
      { name: 'stderr', help: 'standard error alone, where it has a file of its own' },
      ALL,
    ],
    positionals: 'names',
    examples: [
      ['daimon logs -f web', 'its last 10 lines, and what follows, across rotation and restarts'],
      ['daimon logs -n 100 web worker', 'the last lines of two, each behind its name'],
      ['daimon logs --since 10m web | grep -i error', 'by the times that the lines tell'],
    ],
    exitStatus: [
      ['0', 'done; with --until-end, the daemons have ended'],
      ['1', 'there is no such log, or nobody reads the output any more'],
      ['2', 'wrong usage'],
      ['130', 'ended by Ctrl-C'],
    ],
    load: () => import('./commands/logs.ts'),
  }),
  status: () => ({
    usage: 'status [options] [<name> …]',
    summary: 'tell how daemons are',
    options: [JSON_OPTION],
    positionals: 'names',
    examples: [
      ['daimon status web', 'its pid, state, uptime, memory, log'],
      ['daimon status --json web', 'the same as one JSON object'],
    ],
    exitStatus: [
      ['0', 'running (or starting, or suspended)'],
      ['1', 'dead, but its PID file or record is left'],
      ['2', 'wrong usage'],
      ['3', 'not running'],
      ['4', 'not known'],
      ['', 'Of several, the worst; without names, 0.'],
    ],
    load: () => import('./commands/status.ts'),
  }),
  list: () => ({
    usage: 'list [options]',
    summary: 'list all daemons',
    options: [JSON_OPTION],
    positionals: 'none',
    examples: [
      ['daimon list', 'a table'],
      ['daimon list --json | jq -r \'.[] | select(.state == "dead") | .name\'', 'the dead ones'],
    ],
    load: () => import('./commands/list.ts'),
  }),
  delete: () => ({
    usage: 'delete [options] <name> …',
    summary: 'forget daemons that are dead: PID file, lock and record',
    options: [
      { name: 'logs', help: 'remove their log files too' },
      { name: 'force', short: 'f', help: 'stop them first if they run' },
      ALL,
    ],
    positionals: 'names',
    examples: [['daimon delete --logs web', 'nothing of it is left']],
    load: () => import('./commands/delete.ts'),
  }),
  check: () => ({
    usage: 'check [options] <name|pid|pid-file>',
    summary: 'audit any process against daemon(7), and say what to do about each fault',
    options: [JSON_OPTION],
    positionals: 'target',
    examples: [
      ['daimon check web', 'a daemon of daimon'],
      ['daimon check /run/nginx.pid', 'any other, by its PID file'],
      ['daimon check --json 4021', 'any process, by its pid, for programs'],
    ],
    exitStatus: [
      ['0', 'no point fails'],
      ['1', 'a point fails, or there is no such process'],
      ['2', 'wrong usage'],
    ],
    load: () => import('./commands/check.ts'),
  }),
  completion: () => ({
    usage: 'completion <bash|zsh|fish>',
    summary: 'print a script that lets the Tab key complete daimon',
    details: [
      'It completes commands, options, files, users, signals and the names of your daemons. Install it once:',
      '  bash\n      mkdir -p ~/.local/share/bash-completion/completions\n' +
        '      daimon completion bash > ~/.local/share/bash-completion/completions/daimon\n' +
        '      or, without the package bash-completion, in ~/.bashrc:\n' +
        '      source <(daimon completion bash)\n' +
        '  zsh\n      daimon completion zsh > "$fpath[1]/_daimon"\n' +
        '      or in ~/.zshrc, after compinit: source <(daimon completion zsh)\n' +
        '  fish\n      daimon completion fish > ~/.config/fish/completions/daimon.fish',
    ],
    options: [],
    positionals: 'shell',
    examples: [['source <(daimon completion bash)', 'for this shell alone']],
    load: () => import('./commands/completion.ts'),
  }),
};

export function findCommand(name: string): Command | undefined {
  const words = Object.hasOwn(COMMANDS, name) ? COMMANDS[name]?.() : undefined;
  return words && { name, ...words };
}

export function allCommands(): Command[] {
  return Object.entries(COMMANDS).map(([name, words]) => ({ name, ...words() }));
}

export function commandNames(): string[] {
  return Object.keys(COMMANDS);
}
