import { closeSync, fstatSync, openSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { randomName } from '../../os/random-name.ts';
import { ensureFolder } from '../../record/record.ts';

const TAIL_BYTES = 8192;
const TAIL_LINES = 20;

/**
 * Where a daemon without a log writes its standard error until its call returns, so that what goes
 * wrong before that can be told: a file without a name.
 */
export class StderrCapture {
  readonly fd: number;

  constructor(folder: string) {
    ensureFolder(folder);
    const path = join(folder, `.stderr.${randomName()}`);
    this.fd = openSync(path, 'ax+', 0o600);
    unlinkSync(path);
  }

  read(): string[] {
    const end = fstatSync(this.fd).size;
    const begin = Math.max(0, end - TAIL_BYTES);
    const buffer = Buffer.alloc(end - begin);
    const got = readSync(this.fd, buffer, 0, buffer.length, begin);
    return buffer.toString('utf8', 0, got).split('\n').slice(-TAIL_LINES);
  }

  close(): void {
    closeSync(this.fd);
  }
}
