import { DaemonError, isErrno } from '../errors.ts';
import { describeEnd } from '../launch/explain.ts';
import {
  type NotifySocket,
  notifyMessages,
  openNotifySocket,
} from '../launch/ready/notify-gate.ts';
import { system } from '../os/index.ts';
import { signalName } from '../os/signals.ts';
import type { ProcessHandle } from '../os/system.ts';
import type { ProcessRef } from '../process-ref.ts';
import type { FoundDaemon } from '../record/find.ts';
import { deliver, openDaemon } from './signal.ts';

const SIGHUP = 1;
// How long a daemon may take to say that it has begun, before we take it for one that never says.
const SILENCE_MS = 2000;

export interface Reloaded {
  /** What was sent. */
  readonly signalNumber: number;
  /** It said READY again; else it does not speak of reloads. */
  readonly isReady: boolean;
}

export interface ReloadOptions {
  /** Default: the daemon's own reload signal, else SIGHUP. */
  readonly signalNumber: number | undefined;
  readonly timeoutMs: number;
  /** Send the signal even where it would end the daemon. */
  readonly force: boolean;
}

/** Asks a daemon to read its configuration again, and waits for its READY where it speaks sd_notify(3). */
export async function reloadDaemon(found: FoundDaemon, options: ReloadOptions): Promise<Reloaded> {
  const signalNumber = options.signalNumber ?? found.record?.spec.reloadSignal ?? SIGHUP;
  const handle = openDaemon(found);
  try {
    if (!options.force) refuseFatal(found, handle.ref, signalNumber);
    const socket = listen(found.record?.notifyAddress ?? null);
    try {
      deliver(found, handle, signalNumber);
      const isReady =
        socket !== null && (await hearReady(found, handle, socket, options.timeoutMs));
      return { signalNumber, isReady };
    } finally {
      socket?.close();
    }
  } finally {
    handle.close();
  }
}

/** A signal that the program neither handles nor ignores would end it (signal(7)). */
function refuseFatal(found: FoundDaemon, ref: ProcessRef, signalNumber: number): void {
  if (system().heeds(ref, signalNumber) !== false) return;
  const name = signalName(signalNumber);
  throw new DaemonError(
    'REFUSED',
    `Cannot reload "${found.name}" (pid ${ref.pid}): it does not handle ${name}, which would end it. ` +
      `Use: daimon restart ${found.name}; or name the signal it reloads by with --signal`,
    { pid: ref.pid },
  );
}

function listen(address: string | null): NotifySocket | null {
  if (address === null) return null;
  try {
    return openNotifySocket(address);
  } catch (error) {
    if (isErrno(error, 'EADDRINUSE')) return null; // another command listens already
    throw error;
  }
}

/** False when it does not speak of reloads. */
async function hearReady(
  found: FoundDaemon,
  handle: ProcessHandle,
  socket: NotifySocket,
  timeoutMs: number,
): Promise<boolean> {
  const over = new AbortController();
  const daemon = { ref: handle.ref, mark: found.record?.mark ?? null };
  const ended = handle.exited(over.signal).then((status): never => {
    throw new DaemonError(
      'EXITED_EARLY',
      `"${found.name}" ${describeEnd(status)} while it reloaded`,
      { pid: handle.ref.pid },
    );
  });
  let timer = setTimeout(() => over.abort('silence'), Math.min(SILENCE_MS, timeoutMs));
  const heard = (async (): Promise<boolean> => {
    for await (const message of notifyMessages(socket.fd, daemon, over.signal)) {
      if (message.ready) return true;
      // What else it says (WATCHDOG=1, STATUS=) it says all its life.
      if (!message.reloading && message.extendTimeoutMs === null) continue;
      clearTimeout(timer);
      timer = setTimeout(() => over.abort('timeout'), message.extendTimeoutMs ?? timeoutMs);
    }
    return false;
  })();
  try {
    return await Promise.race([heard, ended]);
  } catch (error) {
    if (error === 'silence') return false;
    if (error !== 'timeout') throw error;
    throw new DaemonError(
      'READY_TIMEOUT',
      `"${found.name}" began to reload, but was not ready again in time; see: daimon logs ${found.name}`,
      {
        pid: handle.ref.pid,
      },
    );
  } finally {
    clearTimeout(timer);
    ended.catch(() => {});
    over.abort('done');
    heard.catch(() => {});
  }
}
