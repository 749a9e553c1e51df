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
    native().writeFd(fd, `${JSON.stringify(report)}\n`);
  } catch (error) {
    if (!isErrno(error, 'EPIPE')) throw error;
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
    while (!this.#ended && native().pollReadable([this.#fd], 0) === 0) {
      const got = native().readFd(this.#fd, READ_BYTES, -1);
      this.#ended = got.length === 0;
      this.#rest += got.toString('utf8');
    }
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map((line) => JSON.parse(line) as Report);
  }
}
