import { native } from '../../os/native.ts';

/** Resolves when the fd can be read, by the addon's one waiting thread. Rejects when the signal aborts. */
export function readableOnce(fd: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const forget = () => {
      native().unwatch(watch);
      reject(signal.reason);
    };
    const watch = native().watchReadable(fd, () => {
      signal.removeEventListener('abort', forget);
      resolve();
    });
    signal.addEventListener('abort', forget, { once: true });
  });
}

/** Waits for the abort alone. */
export function never(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
