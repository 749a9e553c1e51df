import { hasNotifySocket, sendNotify } from '../../host/notify.ts';
import { ownBirth } from './birth.ts';

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
 * `systemctl status`, and on the terminal while a start waits.
 *
 * @returns true when somebody was told
 */
export function status(text: string): boolean {
  const line = text.replace(/\s*\n\s*/g, ' ');
  const told = ownBirth()?.tell({ kind: 'status', text: line }) ?? false;
  const notified = sendNotify(`STATUS=${line}`);
  return told || notified;
}

/** What fails in the same turn of the event loop (a port that is taken) comes before "ready". */
export function readyAfterThisTurn(): void {
  if (!hasNotifySocket()) return;
  setImmediate(() => setImmediate(ready));
}

/** pm2's habit, and `daimon start --ready ipc`. */
function sendIpc(): boolean {
  if (process.send === undefined || !process.connected) return false;
  process.send('ready');
  return true;
}
