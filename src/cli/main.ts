import { existsSync } from 'node:fs';
import { isNativeLoaded, native } from '../os/native.ts';
import type { Command } from './command.ts';
import { allCommands, commandNames, findCommand, GLOBAL_OPTIONS } from './commands.ts';
import { parseArguments } from './parse.ts';
import { openSession, remark, reportFailure, terminalColumns } from './session.ts';
import { isTerminal, writeText } from './terminal.ts';

const USAGE_STATUS = 2;
const DEFAULT_COLUMNS = 80;
const LONGEST_HELP_COLUMNS = 100;

async function main(argv: readonly string[]): Promise<number> {
  // A leading `--` keeps Node from looking for its own --env-file among our arguments.
  const [word, ...rest] = argv[0] === '--' ? argv.slice(1) : argv;
  if (argv.some((given) => given.startsWith('--env-file')) && process.geteuid?.() === 0)
    (await import('./env-file-of-node.ts')).refuseOthers(argv);
  if (word === undefined || word === '--help' || word === '-h' || word === 'help')
    return help(rest[0]);
  if (word === '--version' || word === '-V' || word === 'version') return version();
  const found = findCommand(word);
  if (found === undefined) return unknownCommand(word);
  const command = withGlobals(found);
  const dashes = rest.indexOf('--');
  // Of those that come after an entry, some may be the program's.
  const own = command.entryEndsOptions
    ? rest.slice(0, 1)
    : rest.slice(0, dashes < 0 ? undefined : dashes);
  if (own.includes('--help') || own.includes('-h')) return help(word);
  const args = parseArguments(command, rest);
  if (args.options.has('help')) return help(word);
  const { run } = await command.load();
  return await run(openSession(() => allCommands().map(withGlobals), args));
}

function withGlobals(command: Command): Command {
  return { ...command, options: [...command.options, ...GLOBAL_OPTIONS] };
}

async function help(name: string | undefined): Promise<number> {
  const { formatHelp, formatOverview } = await import('./help.ts');
  const width = Math.min(LONGEST_HELP_COLUMNS, isTerminal(1) ? terminalColumns() : DEFAULT_COLUMNS);
  if (name === undefined || name === 'help') return print(formatOverview(allCommands(), width));
  const command = findCommand(name);
  if (command === undefined) return unknownCommand(name);
  return print(formatHelp(withGlobals(command), width));
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
  const { nearestWord } = await import('../suggest.ts');
  const near = nearestWord(word, commandNames());
  const general = word.startsWith('-') ? 'Options come after a command; see' : 'See';
  const meant = near ?? (existsSync(word) ? `start ${word}` : null);
  const hint = meant === null ? `${general}: daimon --help` : `Did you mean: daimon ${meant}?`;
  // What stands behind "=" may be a secret.
  remark(`daimon: there is no command "${word.replace(/=.*$/s, '=…')}". ${hint}`);
  return USAGE_STATUS;
}

/** Everything is written by now, by system calls; there is nothing to flush. */
function end(status: number): void {
  if (isNativeLoaded() && process.listenerCount('exit') === 0) native().exitNow(status);
  process.exit(status);
}

main(process.argv.slice(2)).catch(reportFailure).then(end);
