import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { native } from '../../os/native.ts';
import { pickPrivateFds } from '../fd-numbers.ts';
import type { ReadyGate } from './gate.ts';

/**
 * `ipc` for runtimes that our preload cannot enter (Bun, Deno): `process.send('ready')` over the
 * channel that Node has defined, a socket with one JSON text a line. It closes when the launcher is done.
 */
export function ipcGate(keptFds: readonly number[]): ReadyGate {
  const [ours, theirs] = native().socketPair();
  const [fd = 0] = pickPrivateFds(keptFds, 1);
  const socket = new Socket({ fd: ours });
  return {
    channel: {
      environment: { NODE_CHANNEL_FD: String(fd), NODE_CHANNEL_SERIALIZATION_MODE: 'json' },
      fds: [[theirs, fd]],
      nodeArgs: [],
    },
    notifyAddress: null,
    launched: () => closeSync(theirs),
    wait(_daemon, _listener, signal) {
      return new Promise((resolve, reject) => {
        let rest = '';
        socket.setEncoding('utf8');
        socket.on('data', (text: string) => {
          const lines = (rest + text).split('\n');
          rest = lines.pop() ?? '';
          if (lines.some(isReady)) resolve();
        });
        socket.on('error', () => {}); // its end is the daemon's end, which is watched elsewhere
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
    close: () => socket.destroy(),
  };
}

/** `"ready"` itself, or pm2's habit of an object that says so. */
function isReady(line: string): boolean {
  try {
    const message: unknown = JSON.parse(line);
    return message === 'ready' || (message as { type?: unknown } | null)?.type === 'ready';
  } catch {
    return false; // not for us
  }
}
