import type { Command, OptionSpec } from './command.ts';

const COLUMN = 30;

/** `daimon --help`. */
export function formatOverview(commands: readonly Command[]): string {
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`);
  return [
    'daimon turns a program into a well-behaved daemon, keeps an eye on it, and stops it cleanly.',
    '',
    'Usage: daimon <command> [options] …',
    '',
    ...lines,
    '',
    'Start a server, look at it, stop it:',
    '  daimon start server.ts',
    '  daimon status server',
    '  daimon stop server',
    '',
    'daimon <command> --help tells more of each. Files: /run/daimon, /var/lib/daimon and /var/log/daimon',
    'as root, the XDG folders for others; DAIMON_HOME overrides them.',
  ].join('\n');
}

/** `daimon <command> --help`. */
export function formatHelp(command: Command): string {
  const groups = new Map<string, OptionSpec[]>();
  for (const option of command.options) {
    const title = option.group ?? 'Options';
    groups.set(title, [...(groups.get(title) ?? []), option]);
  }
  const options = [...groups].flatMap(([title, members]) => [
    `${title}:`,
    ...members.map(formatOption),
    '',
  ]);
  const width = Math.max(...command.examples.map(([line]) => line.length)) + 3;
  return [
    `Usage: daimon ${command.usage}`,
    '',
    `${command.summary[0]?.toUpperCase() + command.summary.slice(1)}.`,
    '',
    ...options,
    'Examples:',
    ...command.examples.map(([line, meaning]) => `  ${line.padEnd(width)}${meaning}`),
  ].join('\n');
}

function formatOption(option: OptionSpec): string {
  const short = option.short === undefined ? '    ' : `-${option.short}, `;
  const left = `  ${short}--${option.name}${option.value === undefined ? '' : ` ${option.value}`}`;
  return left.length < COLUMN
    ? left.padEnd(COLUMN) + option.help
    : `${left}\n${' '.repeat(COLUMN)}${option.help}`;
}
