import type { Server, Socket } from 'node:net';

/** The open sockets of a server from now on, as its requests know them: decrypted where it is TLS. */
export class OpenSockets {
  readonly all = new Set<Socket>();
  readonly #server: Server;
  /** What tells of a new one. */
  readonly event: 'connection' | 'secureConnection';
  #waiters: (() => void)[] = [];

  constructor(server: Server) {
    this.#server = server;
    this.event = isTls(server) ? 'secureConnection' : 'connection';
    server.prependListener(this.event, this.#opened);
  }

  /** Resolves when none is left that counts. */
  async none(counts: (socket: Socket) => boolean, signal: AbortSignal): Promise<void> {
    const wake = () => this.#wake();
    signal.addEventListener('abort', wake, { once: true });
    while (!signal.aborted && [...this.all].some(counts)) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    signal.removeEventListener('abort', wake);
  }

  release(): void {
    this.#server.off(this.event, this.#opened);
  }

  readonly #opened = (socket: Socket): void => {
    this.all.add(socket);
    socket.once('close', () => {
      this.all.delete(socket);
      this.#wake();
    });
  };

  #wake(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

/** By what it can do: loading node:tls to compare classes would cost a program that has none. */
export function isTls(server: Server): boolean {
  return 'setSecureContext' in server;
}

type Listener = (...args: never[]) => void;

/**
 * Hears an event only while someone else does: with a listener of its own an http server would
 * treat upgrades and expectations differently. Returns the way to stop.
 */
export function overhear(server: Server, event: string, listener: Listener): () => void {
  const ours = listener as (...args: unknown[]) => void;
  const update = (changed: string | symbol) => {
    if (changed !== event) return;
    // The listener that is being added is not there yet: look when it is.
    queueMicrotask(() => {
      const heard = server.listeners(event);
      const others = heard.some((one) => one !== ours);
      if (others && !heard.includes(ours)) server.prependListener(event, ours);
      if (!others) server.off(event, ours);
    });
  };
  server.on('newListener', update);
  server.on('removeListener', update);
  if (server.listenerCount(event) > 0) server.prependListener(event, ours);
  return () => {
    server.off('newListener', update);
    server.off('removeListener', update);
    server.off(event, ours);
  };
}

/** Resolves when the time is up. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
