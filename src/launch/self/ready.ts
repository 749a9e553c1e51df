import { DaemonError } from '../../errors.ts';
import { hasNotifySocket, sendNotify } from '../../host/notify.ts';
import { system } from '../../os/index.ts';
import { findOwnDaemon } from '../../record/own-claim.ts';
import { readRecord, writeRecord } from '../../record/record.ts';
import { whileRecordsAreOurs } from '../../record/record-lock.ts';
import { ownBirth } from './birth.ts';
import { ownPlaces } from './launch-self.ts';

/**
 * Says that the program is ready, to whoever waits for it: the parent of {@link daemonize} or
 * `DaemonContext` with `ready: 'notify'`, `daimon start --ready notify` or `--ready ipc`, systemd
 * (`Type=notify`), a parent process by Node's IPC channel. Once is enough; more does no harm.
 *
 * @returns true when somebody was told; false when nobody waits, as in a plain `node app.js`
 */
export function ready(): boolean {
  const told = ownBirth()?.ready() ?? false;
  const notified = sendNotify('READY=1');
  const sent = sendIpc();
  return told || notified || sent;
}

/**
 * Says in a few words what the program is doing: shown by `daimon list` and `status`, by
 * `systemctl status`, and on the terminal while a start waits. A daemon that has given up the right
 * to write its record (another user, another root) is shown with what it said before.
 *
 * @returns true when somebody was told
 */
export function status(text: string): boolean {
  const line = text.replace(/\s*\n\s*/g, ' ').slice(0, LONGEST_STATUS);
  const told = ownBirth()?.tell({ kind: 'status', text: line }) ?? false;
  const notified = sendNotify(`STATUS=${line}`);
  return told || notified || recordStatus(line);
}

const LONGEST_STATUS = 1024;

/** Nobody waits for us any more: the record tells who looks later. That it cannot is no reason to fail. */
function recordStatus(statusText: string): boolean {
  const places = ownPlaces();
  try {
    const found = findOwnDaemon(places);
    if (found === null) return false;
    whileRecordsAreOurs(places.state, () => {
      const record = readRecord(places.state, found.name);
      if (record !== null && record.ref.pid === process.pid)
        writeRecord(places.state, { ...record, statusText });
    }).catch(letBe);
    return true;
  } catch (error) {
    letBe(error);
    return false;
  }
}

/** A full disk, no descriptor left. */
function letBe(error: unknown): void {
  const isSystems = error instanceof Error && 'syscall' in error;
  if (!(error instanceof DaemonError) && !isSystems) throw error;
}

/** What fails in the same turn of the event loop (a port that is taken) comes before "ready". */
export function readyAfterThisTurn(): void {
  // Where there is no sd_notify(3), daimon listens as a parent process does.
  const isAwaited = hasNotifySocket() || system().lacks['ready notify'] !== undefined;
  if (!isAwaited) return;
  setImmediate(() => setImmediate(ready));
}

/** pm2's habit, and `daimon start --ready ipc`. */
function sendIpc(): boolean {
  if (process.send === undefined || !process.connected) return false;
  // With a callback, a parent that is gone is no 'error' of the process.
  process.send('ready', undefined, undefined, () => {});
  return true;
}
