import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DaemonError } from '../errors.ts';
import { system } from '../os/index.ts';
import { findDaemon } from '../record/find.ts';
import { placesFor } from '../spec/places.ts';
import { type SignalLike, signalNumber } from './received-signal.ts';

/** What became of a signal. */
export type Sent =
  | { readonly kind: 'delivered'; readonly pid: number }
  /** No daemon holds the PID file: it never ran, has ended, or its pid is someone else's now. */
  | { readonly kind: 'gone'; readonly pid: null }
  /** It runs as a user whom this process may not signal. */
  | { readonly kind: 'refused'; readonly pid: number; readonly cause: Error }
  /** It runs, but does not listen, so that nothing was sent. Windows only. */
  | { readonly kind: 'unheard'; readonly pid: number };

const PROBE = 0;

/**
 * Sends a signal to the daemon of a PID file: as a class (`SIGTERM`), an instance, a number or a name
 * (`'SIGTERM'`, `'term'`, `'RTMIN+1'`). 0 sends nothing and tells whether it could be done.
 *
 * The number in the file is not believed: the daemon is who holds the file's lock, or who the record
 * names by pid, start time, boot and mark. So a pid that now belongs to another process is never signalled.
 *
 * @throws DaemonError INVALID_ARGUMENT when there is no such signal on this platform
 *
 * @example
 * const sent = await send('app.pid', SIGTERM)
 * if (sent.kind === 'gone') console.log('it was not running')
 */
export async function send(pidFile: string | URL, signal: SignalLike): Promise<Sent> {
  const path = pathOf(pidFile);
  const number = isProbe(signal) ? PROBE : signalNumber(signal);
  const places = placesFor(process.env, system().homeKind);
  const ref = findDaemon(places, path)?.ref ?? null;
  const handle = ref === null ? null : system().openProcess(ref);
  if (handle === null) return { kind: 'gone', pid: null };
  try {
    const { pid } = handle.ref;
    const delivery = handle.signal(number);
    if (delivery.kind === 'gone') return { kind: 'gone', pid: null };
    return { ...delivery, pid };
  } finally {
    handle.close();
  }
}

function isProbe(signal: SignalLike): boolean {
  return signal === PROBE || signal === String(PROBE);
}

function pathOf(pidFile: unknown): string {
  if (pidFile instanceof URL && pidFile.protocol === 'file:') return fileURLToPath(pidFile);
  if (typeof pidFile === 'string' && pidFile !== '') return resolve(pidFile);
  throw new DaemonError('INVALID_ARGUMENT', 'send() needs the path of a PID file');
}
