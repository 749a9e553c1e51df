import { native } from './native.ts';

/**
 * Resolves when the descriptor can be read (a process handle of Windows: when that has ended), by the addon's
 * one waiting thread. Rejects when the signal aborts.
 */
export function readableOnce(fd: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const forget = () => {
      native().unwatch(watch);
      reject(signal?.reason);
    };
    const watch = native().watchReadable(fd, () => {
      signal?.removeEventListener('abort', forget);
      resolve();
    });
    signal?.addEventListener('abort', forget, { once: true });
  });
}
