import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { DaemonError, isErrno } from '../../errors.ts';

const BLOCK_BYTES = 65_536;
const NEWLINE = 0x0a;
// A line longer than this is given in pieces: memory stays bounded, whatever the file holds.
const LONGEST_LINE_BYTES = 1_048_576;

/**
 * Which file it is, whatever its name. As bigints: Windows and some file systems have numbers above 2^53,
 * of which a JavaScript number loses the end.
 */
export function inodeId({ dev, ino }: Pick<BigIntStats, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`;
}

/** An open log, read from a position of its own in blocks. Lines are bytes, without their line end. */
export class LogFile {
  readonly path: string;
  /** See {@link inodeId}. */
  readonly id: string;
  positionBytes = 0;
  readonly #fd: number;

  private constructor(path: string, fd: number, id: string) {
    this.path = path;
    this.#fd = fd;
    this.id = id;
  }

  /** null: there is no such file (yet). Refuses what is no regular file: reading a FIFO would take its words away. */
  static open(path: string): LogFile | null {
    let fd: number;
    try {
      fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
      if (!isErrno(error, 'EACCES', 'ENXIO')) throw error;
      throw new DaemonError('REFUSED', `Cannot read the log ${path} (${error.code})`, {
        path,
        cause: error,
      });
    }
    const status = fstatSync(fd, { bigint: true });
    if (status.isFile()) return new LogFile(path, fd, inodeId(status));
    closeSync(fd);
    throw new DaemonError('REFUSED', `Cannot read the log ${path}: it is no regular file`, {
      path,
    });
  }

  get sizeBytes(): number {
    return fstatSync(this.#fd).size;
  }

  get modifiedMs(): number {
    return fstatSync(this.#fd).mtimeMs;
  }

  /** True when no name leads to it any more. */
  get isDeleted(): boolean {
    return fstatSync(this.#fd).nlink === 0;
  }

  readAt(positionBytes: number, lengthBytes: number): Buffer {
    const block = Buffer.allocUnsafe(lengthBytes);
    return block.subarray(0, readSync(this.#fd, block, 0, lengthBytes, positionBytes));
  }

  /** The next block before `endBytes`; null at the end. */
  readBlock(endBytes: number): Buffer | null {
    const wanted = Math.min(BLOCK_BYTES, endBytes - this.positionBytes);
    const block = wanted > 0 ? this.readAt(this.positionBytes, wanted) : null;
    if (block === null || block.length === 0) return null;
    this.positionBytes += block.length;
    return block;
  }

  /** The lines from the position up to `endBytes`; the last may lack its end. */
  *lines(endBytes: number): Generator<Buffer> {
    const pieces = new LineSplitter();
    for (let block = this.readBlock(endBytes); block !== null; block = this.readBlock(endBytes))
      yield* pieces.push(block);
    yield* pieces.flush();
  }

  /** Where the last whole line ends. */
  findLastLineEnd(): number {
    for (let end = this.sizeBytes; end > 0; end -= BLOCK_BYTES) {
      const begin = Math.max(0, end - BLOCK_BYTES);
      const at = this.readAt(begin, end - begin).lastIndexOf(NEWLINE);
      if (at >= 0) return begin + at + 1;
    }
    return 0;
  }

  /** Where the last `count` lines before `endBytes` begin, not before `beginBytes`; read backwards. */
  findTail(count: number, beginBytes: number, endBytes: number): number {
    // The end of the last line ends no line before it.
    let missing = count + 1;
    const last = endBytes > beginBytes ? this.readAt(endBytes - 1, 1) : Buffer.alloc(0);
    if (last[0] !== NEWLINE) missing = count;
    if (count === 0) return endBytes;
    for (let blockEnd = endBytes; blockEnd > beginBytes; ) {
      const blockBegin = Math.max(beginBytes, blockEnd - BLOCK_BYTES);
      const block = this.readAt(blockBegin, blockEnd - blockBegin);
      for (let at = block.length - 1; at >= 0; at--) {
        at = block.lastIndexOf(NEWLINE, at);
        if (at < 0) break;
        missing--;
        if (missing === 0) return blockBegin + at + 1;
      }
      blockEnd = blockBegin;
    }
    return beginBytes;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/** Blocks in, lines out: a character of several bytes is never cut, since a line end is none of its bytes. */
export class LineSplitter {
  #partial: Buffer[] = [];
  #partialBytes = 0;

  *push(block: Buffer): Generator<Buffer> {
    let begin = 0;
    for (;;) {
      const end = block.indexOf(NEWLINE, begin);
      if (end < 0) break;
      yield this.#take(block.subarray(begin, end));
      begin = end + 1;
    }
    this.#keep(block.subarray(begin));
    if (this.#partialBytes >= LONGEST_LINE_BYTES) yield* this.flush();
  }

  /** What has come without a line end, if anything. */
  *flush(): Generator<Buffer> {
    if (this.#partialBytes > 0) yield this.#take(Buffer.alloc(0));
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return;
    this.#partial.push(piece);
    this.#partialBytes += piece.length;
  }

  #take(rest: Buffer): Buffer {
    if (this.#partialBytes === 0) return rest;
    const line = Buffer.concat([...this.#partial, rest]);
    this.#partial = [];
    this.#partialBytes = 0;
    return line;
  }
}
