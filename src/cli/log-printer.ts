import { stripVTControlCharacters, styleText } from 'node:util';
import type { LogLine } from '../control/logs/past-lines.ts';
import type { LogSource } from '../control/logs/sources.ts';
import { escapeButColours, escapeWithoutColours } from '../spec/escape.ts';
import type { Session } from './command.ts';

const NEWLINE = Buffer.from('\n');
const BATCH_BYTES = 65_536;
const NAME_COLOURS = ['cyan', 'magenta', 'blue', 'green', 'yellow'] as const;

/**
 * Writes log lines: as they are into a pipe or file, safe on a terminal; behind the daemon's name where
 * there are several, and the stream's where there are two. Written in batches: call flush() when nothing more is at hand.
 */
export class LogPrinter {
  readonly #session: Session;
  readonly #prefixes: ReadonlyMap<LogSource, string>;
  #batch: Buffer[] = [];
  #batchBytes = 0;

  constructor(session: Session, sources: readonly LogSource[]) {
    this.#session = session;
    this.#prefixes = prefixesOf(sources, session.hasColour);
  }

  /** True when lines pass unchanged, so that whole blocks may be given to raw(). */
  get isTransparent(): boolean {
    return this.#prefixes.size === 0 && !this.#session.isTerminal;
  }

  line({ source, bytes }: LogLine): void {
    const prefix = this.#prefixes.get(source);
    if (prefix !== undefined) this.raw(Buffer.from(prefix));
    this.raw(this.#session.isTerminal ? this.#safe(bytes) : bytes);
    this.raw(NEWLINE);
  }

  raw(bytes: Buffer): void {
    this.#batch.push(bytes);
    this.#batchBytes += bytes.length;
    if (this.#batchBytes >= BATCH_BYTES) this.flush();
  }

  flush(): void {
    if (this.#batchBytes > 0) this.#session.write(Buffer.concat(this.#batch));
    this.#batch = [];
    this.#batchBytes = 0;
  }

  #safe(bytes: Buffer): Buffer {
    const text = bytes.toString().replace(/\r$/, '');
    return Buffer.from(
      this.#session.hasColour ? escapeButColours(text) : escapeWithoutColours(text),
    );
  }
}

function prefixesOf(
  sources: readonly LogSource[],
  hasColour: boolean,
): ReadonlyMap<LogSource, string> {
  const daemons = [...new Set(sources.map(({ daemon }) => daemon))];
  const hasTwo = sources.length > daemons.length;
  if (daemons.length === 1 && !hasTwo) return new Map();
  const longestName = Math.max(...daemons.map((name) => name.length));
  return new Map(
    sources.map((source) => {
      const name = daemons.length === 1 ? '' : source.daemon.padEnd(longestName);
      const stream = hasTwo ? MARKS[source.stream] : '';
      const nameColour =
        NAME_COLOURS[daemons.indexOf(source.daemon) % NAME_COLOURS.length] ?? 'cyan';
      const coloured = [
        ...(name === '' ? [] : [styleText(nameColour, name, { validateStream: false })]),
        ...(stream === ''
          ? []
          : [
              source.stream === 'stderr'
                ? styleText('red', stream, { validateStream: false })
                : stream,
            ]),
      ].join(' ');
      return [source, `${hasColour ? coloured : stripVTControlCharacters(coloured)} | `];
    }),
  );
}

const MARKS = { stdout: 'out', stderr: 'err', both: '   ' } as const;
