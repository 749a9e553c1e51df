import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { monotonicMs } from '../os/monotonic.ts';
import { type OpenSockets, overhear } from './sockets.ts';

// A connection counts as idle when its last answer is this old. A client that sends request after
// request may have the next one on its way: closing before that would drop it.
const LINGER_MS = 300;

interface Traffic {
  inFlight: number;
  lastMs: number;
}

/** The HTTP/1 side of a server: which connections are in use, and how they come to an end. */
export class HttpConnections {
  readonly #sockets: OpenSockets;
  readonly #traffic = new WeakMap<Socket, Traffic>();
  readonly #answers = new Set<ServerResponse>();
  readonly #upgraded = new Map<Socket, IncomingMessage>();
  readonly #release: (() => void)[];
  #closing = false;

  constructor(server: Server, sockets: OpenSockets) {
    this.#sockets = sockets;
    const began = (request: IncomingMessage, response: ServerResponse) =>
      this.#requestBegan(request, response);
    const upgraded = (request: IncomingMessage, socket: Socket) =>
      this.#wasUpgraded(request, socket);
    server.prependListener('request', began);
    this.#release = [
      () => server.off('request', began),
      overhear(server, 'checkContinue', began),
      overhear(server, 'checkExpectation', began),
      overhear(server, 'upgrade', upgraded),
      overhear(server, 'connect', upgraded),
    ];
  }

  get inFlight(): number {
    return this.#answers.size;
  }

  get upgraded(): ReadonlyMap<Socket, IncomingMessage> {
    return this.#upgraded;
  }

  /** From now on every answer says `Connection: close`, after which Node closes the connection. */
  announceClose(): void {
    this.#closing = true;
    for (const response of this.#answers) askToClose(response);
  }

  /** Finishes what is in flight, closes what is idle; resolves when only upgraded sockets are left. */
  async drain(signal: AbortSignal): Promise<void> {
    const isOurs = (socket: Socket) => !this.#upgraded.has(socket) && !speaksHttp2(socket);
    for (const socket of this.#sockets.all) if (isOurs(socket)) this.#closeWhenIdle(socket);
    await this.#sockets.none(isOurs, signal);
  }

  release(): void {
    for (const release of this.#release) release();
  }

  #requestBegan(request: IncomingMessage, response: ServerResponse): void {
    if (request.httpVersionMajor >= 2) return;
    const { socket } = request;
    const traffic = this.#trafficOf(socket);
    traffic.inFlight++;
    this.#answers.add(response);
    if (this.#closing) askToClose(response);
    response.once('close', () => {
      traffic.inFlight--;
      traffic.lastMs = monotonicMs();
      this.#answers.delete(response);
      // An answer whose head had gone before the request to stop still promised to keep alive.
      if (this.#closing) this.#closeWhenIdle(socket);
    });
  }

  #wasUpgraded(request: IncomingMessage, socket: Socket): void {
    this.#upgraded.set(socket, request);
    socket.once('close', () => this.#upgraded.delete(socket));
  }

  #closeWhenIdle(socket: Socket): void {
    const traffic = this.#trafficOf(socket);
    const leftMs = Math.max(0, traffic.lastMs + LINGER_MS - monotonicMs());
    setTimeout(() => {
      // Once more through the poll phase: what has arrived is read before it is judged.
      setImmediate(() => {
        const wasUsed = traffic.inFlight > 0 || traffic.lastMs + LINGER_MS > monotonicMs();
        if (!wasUsed && !this.#upgraded.has(socket)) socket.destroySoon();
      });
    }, leftMs);
  }

  #trafficOf(socket: Socket): Traffic {
    const known = this.#traffic.get(socket);
    if (known !== undefined) return known;
    const traffic = { inFlight: 0, lastMs: monotonicMs() };
    this.#traffic.set(socket, traffic);
    return traffic;
  }
}

function speaksHttp2(socket: Socket): boolean {
  return 'alpnProtocol' in socket && socket.alpnProtocol === 'h2';
}

function askToClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
