import { DaemonError, isErrno } from '../errors.ts';
import { system } from '../os/index.ts';
import { monotonicMs } from '../os/monotonic.ts';

const LONGEST_WAIT_MS = 10_000;
const PAUSE_MS = 2;

/**
 * Runs `work` while no other command changes the records of this folder: what it has looked up is
 * still true when it writes. The lock that daemons hold does not suffice for that: some close all
 * fds they inherit, and then only the record tells that they run.
 */
export async function whileRecordsAreOurs<T>(stateFolder: string, work: () => T): Promise<T> {
  const endMs = monotonicMs() + LONGEST_WAIT_MS;
  let held = hold(stateFolder);
  while (held === 'held') {
    if (monotonicMs() > endMs) throw busy(stateFolder);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    held = hold(stateFolder);
  }
  try {
    return work();
  } finally {
    held?.release(); // null, no records: nothing to guard
  }
}

function hold(stateFolder: string): ReturnType<ReturnType<typeof system>['holdFolder']> {
  try {
    return system().holdFolder(stateFolder);
  } catch (cause) {
    if (!isErrno(cause, 'EROFS', 'EACCES', 'ENOSPC', 'EDQUOT')) throw cause;
    throw new DaemonError(
      'REFUSED',
      `Cannot change the records in ${stateFolder}: ${cause.message}. Make it writable, or choose another home with DAIMON_HOME=/some/folder`,
      { path: stateFolder, errnoName: cause.code, cause },
    );
  }
}

function busy(stateFolder: string): DaemonError {
  return new DaemonError(
    'BUSY',
    `Another daimon command has held the records in ${stateFolder} for ${LONGEST_WAIT_MS / 1000} s; is it stopped? Try again when it is done`,
    { path: stateFolder },
  );
}
