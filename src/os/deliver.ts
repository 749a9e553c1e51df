import { isErrno } from '../errors.ts';
import type { Delivery } from './system.ts';

/** What became of a signal that kill(2) or the like was to send. Throws what is neither ESRCH nor EPERM. */
export function deliver(send: () => void): Delivery {
  try {
    send();
    return { kind: 'delivered' };
  } catch (cause) {
    if (isErrno(cause, 'ESRCH')) return { kind: 'gone' };
    if (isErrno(cause, 'EPERM')) return { kind: 'refused', cause };
    throw cause;
  }
}
