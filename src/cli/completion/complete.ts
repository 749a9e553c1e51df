import type { Command, OptionSpec } from '../command.ts';

/** What a shell looks up better than we do. `entry`: files and programs of the PATH. */
export type Delegate = 'none' | 'file' | 'folder' | 'user' | 'group' | 'entry';

/** What fits at the end of a command line; the shell filters by what is typed already. */
export interface Completion {
  readonly delegate: Delegate;
  readonly candidates: readonly Candidate[];
}

export interface Candidate {
  readonly text: string;
  readonly help: string;
}

/** What changes from one key press to the next. */
export interface Live {
  daemons(): readonly string[];
  /** Daemons that have left a log, running or not. */
  logs(): readonly string[];
  signals(): readonly string[];
}

const NOTHING: Completion = { delegate: 'none', candidates: [] };

const only = (delegate: Delegate): Completion => ({ delegate, candidates: [] });

const words = (texts: readonly string[], help = ''): Completion => ({
  delegate: 'none',
  candidates: texts.map((text) => ({ text, help })),
});

/** `typed`: the words after `daimon` up to the cursor; the last is being typed, and may be empty. Pure but for `live`. */
export function complete(
  commands: readonly Command[],
  typed: readonly string[],
  live: Live,
): Completion {
  const [name = '', ...rest] = typed;
  if (rest.length === 0) return completeCommand(commands);
  if (name === 'help')
    return rest.length === 1 ? words(commands.map((known) => known.name)) : NOTHING;
  const command = commands.find((known) => known.name === name);
  if (command === undefined) return NOTHING;
  return completeArgument(command, rest, live);
}

function completeCommand(commands: readonly Command[]): Completion {
  const known = commands.map(({ name, summary }) => ({ text: name, help: summary }));
  const help = { text: 'help', help: 'show the help of a command' };
  return {
    delegate: 'none',
    candidates: [...known, help, { text: '--version', help: 'show the version' }],
  };
}

function completeArgument(command: Command, rest: readonly string[], live: Live): Completion {
  const current = rest.at(-1) ?? '';
  const before = rest.slice(0, -1);
  if (before.includes('--')) return completeRest(command, before, live);
  const { awaited, given, positionals } = read(command, before);
  if (awaited !== null) return completeValue(awaited, live);
  if (command.entryEndsOptions && positionals.length > 0) return only('file');
  const [, long] = /^--([^=]+)=/.exec(current) ?? [];
  if (long !== undefined) {
    const option = command.options.find(({ name }) => name === long);
    return option?.value === undefined ? NOTHING : completeValue(option, live);
  }
  if (current.startsWith('-')) return completeOption(command, given);
  return completePositional(command, positionals, current, live);
}

/** After `--` stand the program, if it is not named yet, and its own arguments. */
function completeRest(command: Command, before: readonly string[], live: Live): Completion {
  const dashes = before.indexOf('--');
  const { positionals } = read(command, before.slice(0, dashes));
  const words = [...positionals, ...before.slice(dashes + 1)];
  return completePositional(command, words, '', live);
}

/** Reads the words before the one being typed: which options are given, and whether the last waits for its value. */
function read(command: Command, before: readonly string[]) {
  const given = new Set<string>();
  const positionals: string[] = [];
  let awaited: OptionSpec | null = null;
  for (const word of before) {
    if (awaited !== null) {
      awaited = null;
      continue;
    }
    const option = command.options.find(
      ({ name, short }) => word.split('=')[0] === `--${name}` || word === `-${short}`,
    );
    if (option === undefined) {
      if (!word.startsWith('-')) positionals.push(word);
      continue;
    }
    given.add(option.name);
    if (option.value !== undefined && !word.includes('=')) awaited = option;
  }
  return { awaited, given, positionals };
}

function completeOption({ options }: Command, given: ReadonlySet<string>): Completion {
  const left = options.filter(({ name, multiple }) => multiple || !given.has(name));
  return {
    delegate: 'none',
    candidates: left.map(({ name, help }) => ({ text: `--${name}`, help })),
  };
}

function completeValue({ complete: how }: OptionSpec, live: Live): Completion {
  if (how === undefined) return NOTHING;
  if (how === 'signal') return words(live.signals());
  return typeof how === 'string' ? only(how) : words(how);
}

function completePositional(
  command: Command,
  before: readonly string[],
  current: string,
  live: Live,
): Completion {
  const names = (known: readonly string[]) =>
    // A path is that of a PID file.
    current.includes('/') ? only('file') : words(known.filter((name) => !before.includes(name)));
  switch (command.positionals) {
    case 'entry':
      return only(before.length === 0 ? 'entry' : 'file');
    case 'names':
      return names(command.name === 'logs' ? live.logs() : live.daemons());
    case 'target':
      return before.length === 0 ? names(live.daemons()) : NOTHING;
    case 'signal':
      return before.length === 0 ? words(live.signals()) : names(live.daemons());
    case 'shell':
      return before.length === 0 ? words(['bash', 'zsh', 'fish']) : NOTHING;
    case 'none':
      return NOTHING;
  }
}
