import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { DaemonError, isErrno } from '../errors.ts';
import { monotonicMs } from '../os/monotonic.ts';
import { native } from '../os/native.ts';

const LONGEST_WAIT_MS = 10_000;
const PAUSE_MS = 2;

/**
 * Runs `work` while no other command changes the records of this folder: what it has looked up is
 * still true when it writes. The lock that daemons hold does not suffice for that: some close all
 * fds they inherit, and then only the record tells that they run.
 */
export async function whileRecordsAreOurs<T>(stateFolder: string, work: () => T): Promise<T> {
  const fd = openFolder(stateFolder);
  if (fd === null) return work();
  try {
    const endMs = monotonicMs() + LONGEST_WAIT_MS;
    while (!native().lockFolder(fd)) {
      if (monotonicMs() > endMs) throw busy(stateFolder);
      await sleep(PAUSE_MS);
    }
    return work();
  } finally {
    closeSync(fd);
  }
}

function openFolder(path: string): number | null {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null; // no records: nothing to guard
    throw error;
  }
}

function busy(stateFolder: string): DaemonError {
  return new DaemonError(
    'BUSY',
    `Another daimon command has held the records in ${stateFolder} for ${LONGEST_WAIT_MS / 1000} s; is it stopped? Try again when it is done`,
    { path: stateFolder },
  );
}
