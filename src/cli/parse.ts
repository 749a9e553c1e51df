import { DaemonError } from '../errors.ts';
import { nearestWord } from '../suggest.ts';
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

type Token = { index: number } & (
  | { kind: 'positional'; value: string }
  | { kind: 'option'; name: string; rawName: string; value: string | undefined }
);

/**
 * Splits words as getopt_long(3) does: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-ab`.
 * An option that takes a value takes the next word, though it begin with a dash; one that is an option of
 * this command by its whole name is refused later, as the value was forgotten. By hand because
 * node:util's parseArgs() takes 1 ms of a command that has 6.
 */
function tokenize(command: Command, own: readonly string[]): Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < own.length; index++) {
    const word = own[index] ?? '';
    if (!word.startsWith('-') || word === '-') {
      tokens.push({ kind: 'positional', index, value: word });
      continue;
    }
    const found = word.startsWith('--') ? [splitLong(word)] : splitShort(command, word);
    for (const { name, rawName, attached } of found) {
      const wantsNext = attached === undefined && takesValue(command, name);
      const value = wantsNext ? own[index + 1] : attached;
      tokens.push({ kind: 'option', index, name, rawName, value });
      if (wantsNext) index++;
    }
  }
  return tokens;
}

interface Written {
  readonly name: string;
  readonly rawName: string;
  /** The value in the same word. */
  readonly attached: string | undefined;
}

function splitLong(word: string): Written {
  const at = word.indexOf('=');
  const rawName = at < 0 ? word : word.slice(0, at);
  return { name: rawName.slice(2), rawName, attached: at < 0 ? undefined : word.slice(at + 1) };
}

function splitShort(command: Command, word: string): Written[] {
  const found: Written[] = [];
  for (let at = 1; at < word.length; at++) {
    const letter = word[at] ?? '';
    const name = command.options.find(({ short }) => short === letter)?.name ?? letter;
    const rest = takesValue(command, name) ? word.slice(at + 1) : '';
    found.push({ name, rawName: `-${letter}`, attached: rest === '' ? undefined : rest });
    if (rest !== '') break;
  }
  return found;
}

function takesValue(command: Command, name: string): boolean {
  return command.options.some((option) => option.name === name && option.value !== undefined);
}

function readTokens(command: Command, tokens: readonly Token[]): Omit<ParsedArguments, 'rest'> {
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
