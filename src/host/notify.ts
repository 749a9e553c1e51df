import { isErrno } from '../errors.ts';
import { native } from '../os/native.ts';

let address: string | null | undefined;

/**
 * Where the service manager listens. Taken out of the environment, so that children do not speak
 * for this process. sd_notify(3), "unset_environment".
 */
function notifySocket(): string | null {
  if (address === undefined) {
    address = process.env.NOTIFY_SOCKET || null;
    delete process.env.NOTIFY_SOCKET;
  }
  return address;
}

export function hasNotifySocket(): boolean {
  return notifySocket() !== null;
}

/** Sends one message of sd_notify(3); false when nobody listens. */
export function sendNotify(message: string): boolean {
  const socket = notifySocket();
  if (socket === null) return false;
  try {
    native().sendDatagram(socket, message);
    return true;
  } catch (error) {
    // Who waited has gone; the address stays, for a reload listens there again.
    if (isErrno(error, 'ECONNREFUSED', 'ENOENT', 'EAGAIN', 'EACCES', 'EPERM')) return false;
    throw error;
  }
}
