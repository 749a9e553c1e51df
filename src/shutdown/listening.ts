import { unlinkSync } from 'node:fs';
import { Server } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { isErrno } from '../errors.ts';
import { native } from '../os/native.ts';

// For handshakes that have begun: a round trip across an ocean.
const HANDSHAKE_MS = 100;

/**
 * Stops listening without losing a connection that has been made: closes the door, lets in who
 * stands in the queue, then closes the socket. `busy` tells whether somebody may be on the way.
 */
export async function stopListening(
  server: Server,
  busy: boolean,
  signal: AbortSignal,
): Promise<void> {
  if (!server.listening) return;
  const fd = listeningFd(server);
  if (fd !== null && closeDoor(server, fd) && busy) await sleep(HANDSHAKE_MS);
  // libuv accepts one connection a turn: the listening socket is readable while there are more.
  do await nextTurn();
  while (fd !== null && !signal.aborted && native().pollReadable([fd], 0) === 0);
  // Not the server's own close(): http's destroys idle connections at once, and with them the
  // requests on their way.
  if (server.listening) Server.prototype.close.call(server);
}

/** False where nobody can be kept from knocking: what comes while the socket is closed is reset. */
function closeDoor(server: Server, fd: number): boolean {
  const address = server.address();
  try {
    if (typeof address !== 'string') native().dropNewConnections(fd);
    else if (!address.startsWith('\0')) unlinkSync(address);
    return true;
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'EACCES', 'EPERM', 'ENOPROTOOPT', 'EINVAL')) throw error;
    return false;
  }
}

/** null in a worker of node:cluster, where the primary listens. */
function listeningFd(server: Server): number | null {
  const handle = '_handle' in server ? server._handle : null;
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return null;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : null;
}
