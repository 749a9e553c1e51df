import { DaemonError } from '../errors.ts';
import { system } from '../os/index.ts';
import { signalName } from '../os/signals.ts';
import type { ProcessHandle } from '../os/system.ts';
import type { FoundDaemon } from '../record/find.ts';

/** Holds the running daemon fast, or says that there is none. The caller closes the handle. */
export function openDaemon(found: FoundDaemon): ProcessHandle {
  const handle = found.ref === null ? null : system().openProcess(found.ref);
  if (handle !== null) return handle;
  throw new DaemonError(
    'NOT_RUNNING',
    `"${found.name}" is not running. Start it with: daimon ${found.record === null ? 'start <entry>' : `restart ${found.name}`}`,
  );
}

/** Sends one signal to the daemon itself. */
export function signalDaemon(found: FoundDaemon, signalNumber: number): void {
  const handle = openDaemon(found);
  try {
    deliver(found, handle, signalNumber);
  } finally {
    handle.close();
  }
}

export function deliver(found: FoundDaemon, handle: ProcessHandle, signalNumber: number): void {
  const delivery = handle.signal(signalNumber);
  if (delivery.kind === 'delivered') return;
  if (delivery.kind === 'gone')
    throw new DaemonError('NOT_RUNNING', `"${found.name}" ended just now`);
  if (delivery.kind === 'unheard') throw doesNotListen(found.name, handle.ref.pid, signalNumber);
  throw notYours(found.name, handle.ref.pid, signalNumber, delivery.cause);
}

function doesNotListen(name: string, pid: number, signal: number): DaemonError {
  return new DaemonError(
    'REFUSED',
    `Cannot send ${signalName(signal)} to "${name}" (pid ${pid}): it does not listen for signals. ` +
      `Node programs do that daimon started, and programs that use daimon's library; end others with: daimon stop ${name}`,
    { pid },
  );
}

export function notYours(name: string, pid: number, signal: number, cause: Error): DaemonError {
  return new DaemonError(
    'REFUSED',
    `Cannot send ${signalName(signal)} to "${name}" (pid ${pid}): it runs as another user. Try it as root`,
    { pid, errnoName: 'EPERM', cause },
  );
}
