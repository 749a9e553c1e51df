import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { changingCommand } from '../commands.ts';
import type { Scenario } from '../scenario.ts';

const PAGE_BYTES = 4096;

/** The disk of records, PID files and logs is full, but for a few pages. */
export const fullDisk: Scenario = {
  name: 'full-disk',
  weight: 3,
  async run(world, random) {
    const ballast = join(world.home, 'ballast');
    fillUp(ballast, random.between(0, 4));
    try {
      for (let count = random.between(1, 4); count > 0; count--)
        await changingCommand(world, random);
    } finally {
      rmSync(ballast);
    }
  },
};

function fillUp(path: string, pagesLeft: number): void {
  const spare = `${path}.spare`;
  writeAll(spare, Buffer.alloc(pagesLeft * PAGE_BYTES));
  const fd = openSync(path, 'w');
  try {
    for (;;) writeSync(fd, Buffer.alloc(PAGE_BYTES));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(fd);
    rmSync(spare, { force: true });
  }
}

function writeAll(path: string, content: Buffer): void {
  const fd = openSync(path, 'w');
  try {
    writeSync(fd, content);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error; // full as it is: by a log
  } finally {
    closeSync(fd);
  }
}
