import type { Places } from '../spec/places.ts';

/** One option of a command; the same table parses, helps and completes. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  /** How the value is named in the help; none for a switch. */
  readonly value?: string;
  readonly multiple?: boolean;
  readonly help: string;
  /** What a shell offers for the value. */
  readonly complete?: 'file' | 'folder' | 'user' | 'group' | 'signal' | readonly string[];
  /** Under this heading in the help. */
  readonly group?: string;
}

export interface ParsedArguments {
  /** By option name: true for a switch, texts for values in the order given. */
  readonly options: ReadonlyMap<string, true | readonly string[]>;
  readonly positionals: readonly string[];
  /** What stands after `--` (or, for `start` and `run`, after the entry). */
  readonly rest: readonly string[];
}

/** What the command line was called with, and where it may write. */
export interface Session {
  readonly args: ParsedArguments;
  /** The whole table, each with the options that all commands have. */
  readonly commands: readonly Command[];
  readonly places: Places;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For results; one text a line. */
  print(text: string): void;
  /** For results that are bytes, as they are. */
  write(bytes: Uint8Array): void;
  /** For remarks and progress. */
  remark(text: string): void;
  readonly isTerminal: boolean;
  readonly widthColumns: number;
  readonly hasColour: boolean;
  /** Aborts on the first SIGINT or SIGTERM that came since it was asked for, or since `heedInterrupts()`. */
  readonly interrupted: AbortSignal;
  heedInterrupts(): void;
}

export interface CommandModule {
  /** The exit status. */
  run(session: Session): Promise<number>;
}

export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  /** Arguments may be for the started program. */
  readonly passesArguments?: boolean;
  /** Everything after the first positional belongs to the started program, as `docker run` has it. */
  readonly entryEndsOptions?: boolean;
  readonly positionals: 'entry' | 'names' | 'target' | 'signal' | 'shell' | 'none';
  /** Paragraphs of the help, after the summary; one that begins with a space keeps its lines. */
  readonly details?: readonly string[];
  /** What the exit status tells, where that is more than 0 done, 1 it failed, 2 usage. */
  readonly exitStatus?: readonly (readonly [string, string])[];
  readonly examples: readonly (readonly [string, string])[];
  readonly load: () => Promise<CommandModule>;
}
