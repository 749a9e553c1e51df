import { ERROR_CODES, type ErrorCode, type ErrorFacts, isErrno } from '../../errors.ts';
import { native } from '../../os/native.ts';

/** What a program that runs itself as a daemon tells its launcher, one JSON text a line. */
export type Report =
  /** Its call has returned; it is ready soon, unless it ends. */
  | { kind: 'returned' }
  | { kind: 'ready' }
  | { kind: 'status'; text: string }
  | { kind: 'failed'; code: ErrorCode; message: string; facts: ErrorFacts }
  /** It has asked for its end, which follows: a process can take longer for that than to settle. */
  | { kind: 'ending' }
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

const NEWLINE = 0x0a;

/** The launcher's end of the pipe. */
export class ReportReader {
  readonly #fd: number;
  #rest: Buffer = Buffer.alloc(0);
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
      this.#rest = Buffer.concat([this.#rest, got]);
    }
    const end = this.#rest.lastIndexOf(NEWLINE) + 1;
    const lines = this.#rest.toString('utf8', 0, end).split('\n').slice(0, -1);
    this.#rest = this.#rest.subarray(end);
    return lines.flatMap((line) => parseReport(line) ?? []);
  }
}

/** The member that holds its text. Every kind is here: what is not, is passed over. */
const TEXT_OF: Readonly<Record<Report['kind'], 'text' | 'message' | null>> = {
  returned: null,
  ready: null,
  ending: null,
  status: 'text',
  'last-words': 'text',
  failed: 'message',
};

/** null for what is no report: the fd was inherited by something that writes what it likes. */
export function parseReport(line: string): Report | null {
  let report: unknown;
  try {
    report = JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  if (typeof report !== 'object' || report === null || !('kind' in report)) return null;
  const { kind } = report;
  if (!isKind(kind)) return null;
  const member = TEXT_OF[kind];
  if (member !== null && typeof (report as Record<string, unknown>)[member] !== 'string')
    return null;
  const isFailure =
    kind !== 'failed' ||
    ('code' in report &&
      isErrorCode(report.code) &&
      'facts' in report &&
      Object(report.facts) === report.facts);
  return isFailure ? (report as Report) : null;
}

function isKind(kind: unknown): kind is Report['kind'] {
  return typeof kind === 'string' && Object.hasOwn(TEXT_OF, kind);
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_CODES, code);
}
