import { DaemonError, ERROR_CODES, isErrno } from '../errors.ts';
import { isNativeLoaded, native } from '../os/native.ts';
import { escapeLines, escapeLinesButColours } from '../spec/escape.ts';
import { placesFor } from '../spec/places.ts';
import type { Command, ParsedArguments, Session } from './command.ts';
import { COMMANDS, GLOBAL_OPTIONS } from './commands.ts';
import { isTerminal, writeBytes, writeText } from './terminal.ts';

const USAGE_STATUS = 2;
const FAILED_STATUS = 1;
const NARROWEST_COLUMNS = 40;
const DEFAULT_COLUMNS = 80;
const LONGEST_HELP_COLUMNS = 100;

async function main(argv: readonly string[]): Promise<number> {
  // A leading `--` keeps Node from looking for its own --env-file among our arguments.
  const [word, ...rest] = argv[0] === '--' ? argv.slice(1) : argv;
  if (word === undefined || word === '--help' || word === '-h' || word === 'help')
    return help(rest[0]);
  if (word === '--version' || word === '-V' || word === 'version') return version();
  const commands = withGlobals();
  const command = commands.find(({ name }) => name === word);
  if (command === undefined) return unknownCommand(word);
  const dashes = rest.indexOf('--');
  // Of those that come after an entry, some may be the program's.
  const own = command.entryEndsOptions
    ? rest.slice(0, 1)
    : rest.slice(0, dashes < 0 ? undefined : dashes);
  if (own.includes('--help') || own.includes('-h')) return help(word);
  const { parseArguments } = await import('./parse.ts');
  const args = parseArguments(command, rest);
  if (args.options.has('help')) return help(word);
  const { run } = await command.load();
  return await run(openSession(commands, args));
}

/** The one door to standard error: whatever a text holds, it cannot play on the terminal. */
function remark(text: string): void {
  writeText(2, `${escapeLines(text)}\n`);
}

function withGlobals(): Command[] {
  return COMMANDS.map((command) => ({
    ...command,
    options: [...command.options, ...GLOBAL_OPTIONS],
  }));
}

function openSession(commands: readonly Command[], args: ParsedArguments): Session {
  const { env } = process;
  const isInteractive = isTerminal(1);
  const hasColour = wantsColour(isInteractive, env);
  return {
    args,
    commands,
    places: placesFor(env, process.geteuid?.() === 0),
    cwd: process.cwd(),
    environment: env,
    print: (text) =>
      writeText(1, `${hasColour ? escapeLinesButColours(text) : escapeLines(text)}\n`),
    write: (bytes) => writeBytes(1, bytes),
    remark,
    isTerminal: isInteractive,
    widthColumns: isInteractive ? terminalColumns() : Infinity,
    hasColour,
    get interrupted() {
      return interruption();
    },
  };
}

/** FORCE_COLOR goes before NO_COLOR, as Node itself has it. force-color.org, no-color.org. */
function wantsColour(isInteractive: boolean, env: Session['environment']): boolean {
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  return isInteractive && !env.NO_COLOR && env.TERM !== 'dumb';
}

function terminalColumns(): number {
  return Math.max(NARROWEST_COLUMNS, process.stdout.columns || DEFAULT_COLUMNS);
}

let interruptedBy: AbortSignal | undefined;

/** The first SIGINT or SIGTERM is the command's to answer; the second ends it as usual. */
function interruption(): AbortSignal {
  if (interruptedBy === undefined) {
    const controller = new AbortController();
    interruptedBy = controller.signal;
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () =>
        controller.abort(new DaemonError('REFUSED', `interrupted by ${name}`)),
      );
    }
  }
  return interruptedBy;
}

async function help(name: string | undefined): Promise<number> {
  const { formatHelp, formatOverview } = await import('./help.ts');
  const width = Math.min(LONGEST_HELP_COLUMNS, isTerminal(1) ? terminalColumns() : DEFAULT_COLUMNS);
  if (name === undefined || name === 'help') return print(formatOverview(COMMANDS, width));
  const command = withGlobals().find((known) => known.name === name);
  if (command === undefined) return unknownCommand(name);
  return print(formatHelp(command, width));
}

async function version(): Promise<number> {
  const { VERSION } = await import('./version.ts');
  return print(VERSION);
}

function print(text: string): number {
  writeText(1, `${text}\n`);
  return 0;
}

async function unknownCommand(word: string): Promise<number> {
  const { nearestWord } = await import('../spec/suggest.ts');
  const near = nearestWord(
    word,
    COMMANDS.map(({ name }: Command) => name),
  );
  const general = word.startsWith('-') ? 'Options come after a command; see' : 'See';
  const hint = near === null ? `${general}: daimon --help` : `Did you mean: daimon ${near}?`;
  // What stands behind "=" may be a secret.
  remark(`daimon: there is no command "${word.replace(/=.*$/s, '=…')}". ${hint}`);
  return USAGE_STATUS;
}

function reportFailure(error: unknown): number {
  if (isErrno(error, 'EPIPE')) return FAILED_STATUS; // who read our output has gone: nobody to tell
  if (error instanceof DaemonError) {
    remark(`daimon: ${error.message}`);
    return ERROR_CODES[error.code].exitStatus;
  }
  const known = error instanceof Error && 'syscall' in error;
  const text = known
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  remark(`daimon: ${known ? text : `this is a bug in daimon: ${text}`}`);
  return FAILED_STATUS;
}

/** Everything is written by now, by system calls; there is nothing to flush. */
function end(status: number): void {
  if (isNativeLoaded() && process.listenerCount('exit') === 0) native().exitNow(status);
  process.exit(status);
}

main(process.argv.slice(2)).catch(reportFailure).then(end);
