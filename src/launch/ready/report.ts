import { readSync, writeSync } from 'node:fs';
import { type ErrorCode, type ErrorFacts, isErrno } from '../../errors.ts';
import { native } from '../../os/native.ts';

/** What a program that runs itself as a daemon tells its launcher, one JSON text a line. */
export type Report =
  /** Its call has returned; it is ready soon, unless it ends. */
  | { kind: 'returned' }
  | { kind: 'ready' }
  | { kind: 'status'; text: string }
  | { kind: 'failed'; code: ErrorCode; message: string; facts: ErrorFacts }
  /** What it dies of. */
  | { kind: 'last-words'; text: string };

/** EPIPE: the launcher has given up or gone. The daemon goes on. */
export function writeReport(fd: number, report: Report): void {
  try {
    writeSync(fd, `${JSON.stringify(report)}\n`);
  } catch (error) {
    if (!isErrno(error, 'EPIPE', 'EBADF')) throw error;
  }
}

const READ_BYTES = 65_536;

/** The launcher's end of the pipe. */
export class ReportReader {
  readonly #fd: number;
  #rest = '';
  #ended = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** No more will come: the daemon closed its end, or ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** What has come since the last time; does not wait. */
  take(): Report[] {
    const buffer = Buffer.alloc(READ_BYTES);
    while (!this.#ended && native().pollReadable([this.#fd], 0) === 0) {
      const got = readSync(this.#fd, buffer);
      this.#ended = got === 0;
      this.#rest += buffer.toString('utf8', 0, got);
    }
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map((line) => JSON.parse(line) as Report);
  }
}
