import { DaemonError, ERROR_CODES, isErrno } from '../errors.ts';
import { system } from '../os/index.ts';
import { writeWhole } from '../os/write-whole.ts';
import { escapeLines, escapeLinesButColours } from '../spec/escape.ts';
import { placesFor } from '../spec/places.ts';
import type { Command, ParsedArguments, Session } from './command.ts';
import { isTerminal, writeText } from './terminal.ts';

const FAILED_STATUS = 1;
const NARROWEST_COLUMNS = 40;
const DEFAULT_COLUMNS = 80;

/** What the commands see of the process they run in. */
export function openSession(commands: () => readonly Command[], args: ParsedArguments): Session {
  const { env } = process;
  const isInteractive = isTerminal(1);
  const hasColour = wantsColour(isInteractive, env);
  return {
    args,
    get commands() {
      return commands();
    },
    places: placesFor(env, system().homeKind),
    get cwd() {
      return workingDirectory();
    },
    environment: env,
    print: (text) =>
      writeText(1, `${hasColour ? escapeLinesButColours(text) : escapeLines(text)}\n`),
    write: (bytes) => writeWhole(1, bytes),
    remark,
    isTerminal: isInteractive,
    widthColumns: isInteractive ? terminalColumns() : Infinity,
    hasColour,
    get interrupted() {
      return interruption();
    },
    heedInterrupts,
  };
}

/** FORCE_COLOR goes before NO_COLOR, as Node itself has it. force-color.org, no-color.org. */
function wantsColour(isInteractive: boolean, env: Session['environment']): boolean {
  if (env.FORCE_COLOR !== undefined) return !['0', 'false'].includes(env.FORCE_COLOR);
  return isInteractive && !env.NO_COLOR && env.TERM !== 'dumb';
}

export function terminalColumns(): number {
  return Math.max(NARROWEST_COLUMNS, process.stdout.columns || DEFAULT_COLUMNS);
}

/** Asked for by what needs it: `stop` works in a folder that was removed, too. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch (cause) {
    if (!isErrno(cause, 'ENOENT')) throw cause;
    throw new DaemonError(
      'NOT_FOUND',
      'This folder was removed (its name is gone, though the shell is still in it). Go to another one with: cd',
      { cause },
    );
  }
}

let isHeeding = false;
let interruptedBy: DaemonError | undefined;
let controller: AbortController | undefined;

/** The first SIGINT or SIGTERM is the command's to answer; the second ends it as usual. */
function heedInterrupts(): void {
  if (isHeeding) return;
  isHeeding = true;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      interruptedBy = new DaemonError('REFUSED', `interrupted by ${name}`);
      controller?.abort(interruptedBy);
    });
  }
}

/** Apart from the listeners: an AbortController takes 0.2 ms, and may come when there is time to wait. */
function interruption(): AbortSignal {
  heedInterrupts();
  if (controller === undefined) {
    controller = new AbortController();
    if (interruptedBy !== undefined) controller.abort(interruptedBy);
  }
  return controller.signal;
}

/** The one door to standard error: whatever a text holds, it cannot play on the terminal. */
export function remark(text: string): void {
  writeText(2, `${escapeLines(text)}\n`);
}

/** Says why a command failed; the exit status. */
export function reportFailure(error: unknown): number {
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
