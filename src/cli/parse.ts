import { parseArgs } from 'node:util';
import { DaemonError } from '../errors.ts';
import { nearestWord } from '../spec/suggest.ts';
import type { Command, OptionSpec, ParsedArguments } from './command.ts';

/** Reads a command's arguments by its table. A mistyped option is answered with the nearest one. */
export function parseArguments(command: Command, argv: readonly string[]): ParsedArguments {
  // `--` ends daimon's own arguments.
  const dashes = argv.indexOf('--');
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  const rest = dashes < 0 ? [] : argv.slice(dashes + 1);
  const tokens = tokenize(command, own);
  const entry = command.entryEndsOptions ? tokens.find(({ kind }) => kind === 'positional') : null;
  if (entry == null) return { ...readTokens(command, tokens), rest };
  const after = argv.slice(entry.index + 1);
  return {
    ...readTokens(
      command,
      tokens.filter(({ index }) => index <= entry.index),
    ),
    rest: after[0] === '--' ? after.slice(1) : after,
  };
}

function tokenize(command: Command, own: readonly string[]) {
  const { tokens } = parseArgs({
    args: [...own],
    strict: false,
    tokens: true,
    allowPositionals: true,
    options: Object.fromEntries(
      command.options.map((option) => [
        option.name,
        {
          type: option.value === undefined ? ('boolean' as const) : ('string' as const),
          multiple: true as const,
          ...(option.short === undefined ? {} : { short: option.short }),
        },
      ]),
    ),
  });
  return tokens;
}

function readTokens(
  command: Command,
  tokens: ReturnType<typeof tokenize>,
): Omit<ParsedArguments, 'rest'> {
  const options = new Map<string, true | string[]>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const option = requireOption(command, token.name, token.rawName);
    const given = readValue(command, option, token.value, token.rawName);
    const earlier = options.get(option.name);
    options.set(
      option.name,
      given === true || !Array.isArray(earlier) ? given : [...earlier, ...given],
    );
  }
  return { options, positionals };
}

function requireOption(command: Command, name: string, rawName: string): OptionSpec {
  const found = command.options.find((option) => option.name === name);
  if (found !== undefined) return found;
  const near = nearestWord(
    name,
    command.options.map((option) => option.name),
  );
  throw new DaemonError(
    'UNKNOWN_OPTION',
    `daimon ${command.name} has no option ${rawName}.${near === null ? '' : ` Did you mean --${near}?`} ` +
      `${command.passesArguments ? 'Arguments for the program itself come after "--". ' : ''}` +
      `See: daimon ${command.name} --help`,
  );
}

/** `--name --json web`: the value was forgotten. */
function isOption(command: Command, value: string): boolean {
  return command.options.some(({ name }) => value === `--${name}`);
}

function readValue(
  command: Command,
  option: OptionSpec,
  value: string | undefined,
  rawName: string,
): true | string[] {
  if (option.value === undefined) {
    if (value === undefined) return true;
    throw new DaemonError('INVALID_ARGUMENT', `${rawName} is a switch and takes no value`);
  }
  if (value === undefined || value === '' || isOption(command, value)) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `${rawName} needs a value: ${rawName} ${option.value}`,
    );
  }
  return [value];
}
