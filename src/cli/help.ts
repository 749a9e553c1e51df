import type { Command, OptionSpec } from './command.ts';
import { wrapText } from './wrap.ts';

const OPTION_COLUMNS = 30;
const COMMAND_COLUMNS = 14;
const INDENT = '  ';

export const USUAL_EXIT_STATUS: NonNullable<Command['exitStatus']> = [
  ['0', 'done'],
  ['1', 'it failed; the reason is on standard error'],
  ['2', 'wrong usage'],
];

/** `daimon --help`. */
export function formatOverview(commands: readonly Command[], widthColumns: number): string {
  return [
    ...paragraph(
      'daimon turns a program into a well-behaved daemon, keeps an eye on it, and stops it cleanly.',
      widthColumns,
    ),
    'Usage: daimon <command> [options] …',
    '',
    'Commands:',
    ...commands.flatMap(({ name, summary }) =>
      entry(INDENT + name, summary, COMMAND_COLUMNS, widthColumns),
    ),
    '',
    'Start a server, look at it, stop it:',
    '  daimon start server.ts',
    '  daimon status server',
    '  daimon logs -f server',
    '  daimon stop server',
    '',
    'More of each: daimon help <command>. The version: daimon --version.',
    ...wrapText(
      'Files are in /run/daimon, /var/lib/daimon and /var/log/daimon for root, in the XDG folders for others; DAIMON_HOME=DIR overrides both.',
      widthColumns,
    ),
  ].join('\n');
}

/** `daimon <command> --help`. */
export function formatHelp(command: Command, widthColumns: number): string {
  const { usage, summary, details, options, examples, exitStatus } = command;
  return [
    `Usage: daimon ${usage}`,
    '',
    ...paragraph(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, widthColumns),
    ...(details ?? []).flatMap((text) => paragraph(text, widthColumns)),
    ...byGroup(options).flatMap(([title, members]) => [
      `${title}:`,
      ...members.flatMap((option) =>
        entry(INDENT + nameOption(option), option.help, OPTION_COLUMNS, widthColumns),
      ),
      '',
    ]),
    'Examples:',
    ...formatExamples(examples, widthColumns),
    '',
    'Exit status:',
    ...formatExitStatus(exitStatus ?? USUAL_EXIT_STATUS, widthColumns),
  ].join('\n');
}

/** Options under their headings, in the order of the table. */
export function byGroup(options: readonly OptionSpec[]): [string, OptionSpec[]][] {
  const groups = new Map<string, OptionSpec[]>();
  for (const option of options) {
    const title = option.group ?? 'Options';
    groups.set(title, [...(groups.get(title) ?? []), option]);
  }
  return [...groups];
}

/** `-n, --name NAME`. */
export function nameOption({ short, name, value }: OptionSpec): string {
  const first = short === undefined ? '    ' : `-${short}, `;
  return `${first}--${name}${value === undefined ? '' : ` ${value}`}`;
}

function paragraph(text: string, widthColumns: number): string[] {
  const lines = text.startsWith(' ') ? text.split('\n') : wrapText(text, widthColumns);
  return [...lines, ''];
}

/** A word and its meaning beside it, or below it where the word is long. */
function entry(word: string, meaning: string, column: number, widthColumns: number): string[] {
  const [first = '', ...rest] = wrapText(meaning, widthColumns - column);
  const indent = ' '.repeat(column);
  const below = rest.map((line) => indent + line);
  return word.length < column - 1
    ? [word.padEnd(column) + first, ...below]
    : [word, indent + first, ...below];
}

function formatExitStatus(table: typeof USUAL_EXIT_STATUS, widthColumns: number): string[] {
  const column = Math.max(...table.map(([status]) => status.length)) + 2 * INDENT.length;
  return table.flatMap(([status, meaning]) =>
    entry(INDENT + status, meaning, column, widthColumns),
  );
}

function formatExamples(examples: Command['examples'], widthColumns: number): string[] {
  const column = Math.max(...examples.map(([line]) => line.length)) + 2 * INDENT.length;
  const longest = Math.max(...examples.map(([, meaning]) => meaning.length));
  if (column + longest <= widthColumns)
    return examples.map(([line, meaning]) => (INDENT + line).padEnd(column) + meaning);
  return examples.flatMap(([line, meaning]) => [
    INDENT + line,
    ...wrapText(meaning, widthColumns - 6).map((text) => ' '.repeat(6) + text),
  ]);
}
