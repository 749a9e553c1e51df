import type { Server, Socket } from 'node:net';
import { isTls } from './sockets.ts';

// A client that has connected sends its hello at once; one that has not by then never meant to.
const PATIENCE_MS = 1000;

/** The TLS handshakes under way: connections that the server has accepted and its requests do not know yet. */
export class Handshakes {
  readonly #server: Server;
  readonly #underWay = new Map<string, Socket>();
  #wake: () => void = () => {};

  constructor(server: Server) {
    this.#server = server;
    if (!isTls(server)) return;
    server.prependListener('connection', this.#began);
    server.prependListener('secureConnection', this.#ended);
    server.prependListener('tlsClientError', this.#failed);
  }

  /** Lets them come to their end; whoever dawdles is cut off. */
  async finish(signal: AbortSignal): Promise<void> {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
    patience.addEventListener('abort', () => this.#wake(), { once: true });
    while (this.#underWay.size > 0 && !patience.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    for (const socket of this.#underWay.values()) socket.destroy();
  }

  release(): void {
    this.#server.off('connection', this.#began);
    this.#server.off('secureConnection', this.#ended);
    this.#server.off('tlsClientError', this.#failed);
  }

  readonly #began = (socket: Socket): void => {
    const name = nameOf(socket);
    this.#underWay.set(name, socket);
    socket.once('close', () => this.#forget(name));
  };

  readonly #ended = (socket: Socket): void => this.#forget(nameOf(socket));

  readonly #failed = (_: Error, socket: Socket): void => this.#forget(nameOf(socket));

  #forget(name: string): void {
    this.#underWay.delete(name);
    this.#wake();
  }
}

/** The same for a connection and for the TLS socket that is made of it. */
function nameOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
