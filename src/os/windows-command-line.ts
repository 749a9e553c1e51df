import { win32 } from 'node:path';
import { DaemonError } from '../errors.ts';

/** What CreateProcess takes: a program, and all arguments in one string. */
export interface WindowsCommand {
  readonly application: string;
  readonly commandLine: string;
}

/**
 * The command line from which the program gets these arguments again, by the rules of CommandLineToArgvW()
 * and of Microsoft's C runtime. Batch files are run by cmd.exe, which has rules of its own.
 */
export function commandFor(file: string, argv: readonly string[], shell: string): WindowsCommand {
  const args = argv.slice(1);
  if (isBatchFile(file)) return batchCommand(file, args, shell);
  // The program's own name is read up to the next quote, backslashes and all.
  return { application: file, commandLine: [`"${file}"`, ...args.map(quoteArgument)].join(' ') };
}

/** Backslashes count only in front of a quote: there each is doubled, and the quote gets one of its own. */
export function quoteArgument(argument: string): string {
  if (/^[^\s"]+$/.test(argument)) return argument;
  return `"${argument.replace(/(\\*)(?="|$)/g, '$1$1').replaceAll('"', '\\"')}"`;
}

function isBatchFile(file: string): boolean {
  return ['.bat', '.cmd'].includes(win32.extname(file.replace(/[. ]+$/, '')).toLowerCase());
}

// Between quotes cmd.exe takes everything as it is, but for these: they would end the quotes, stand
// for a variable, or begin another line. There is no way to write them that every batch file reads alike.
const NOT_FOR_CMD = /["%!\r\n]/;

function batchCommand(file: string, args: readonly string[], shell: string): WindowsCommand {
  const bad = [file, ...args].find((word) => NOT_FOR_CMD.test(word));
  if (bad !== undefined) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `Cannot start ${file}: it is a batch file, and cmd.exe would take ${JSON.stringify(bad)} for more than text (one of " % ! or a line end). ` +
        'Start the program that it runs instead',
      { path: file },
    );
  }
  const words = [file, ...args].map((word) => `"${word}"`).join(' ');
  // /d: no AutoRun of the registry; /s: the outer quotes go, and nothing else; /v:off: "!" is a character.
  return { application: shell, commandLine: `"${shell}" /d /v:off /s /c "${words}"` };
}
