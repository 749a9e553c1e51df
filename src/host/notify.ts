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
  return socket !== null && sendNotifyTo(socket, message);
}

// Who waited has gone (the address stays, for a reload listens there again), or may not be spoken to; or what the
// environment names is no such socket, which is for whoever set it to find out.
const UNHEARD = ['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EAGAIN', 'ENOBUFS', 'EACCES', 'EPERM'];
const NO_ADDRESS = ['ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ENOTSOCK', 'EPROTOTYPE', 'EINVAL'];

export function sendNotifyTo(address: string, message: string): boolean {
  try {
    native().sendDatagram(address, message);
    return true;
  } catch (error) {
    if (isErrno(error, ...UNHEARD, ...NO_ADDRESS)) return false;
    throw error;
  }
}
