import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Server, Socket } from 'node:net';
import { monotonicMs } from '../os/monotonic.ts';
import { type OpenSockets, overhear } from './sockets.ts';

// A connection is closed when for this long neither it nor any other has had a request. How long it
// has been idle itself says nothing: clients keep pools, and take from them whichever they like. While
// others are still asking, the next request may come on this one, and closing it would drop that.
const LINGER_MS = 300;
// Twice the longest pause its client has made, up to here: an overloaded client is slow, not gone.
const LONGEST_LINGER_MS = 1000;
// Who pauses longer than this has no rhythm to wait for.
const RHYTHM_MS = 1000;
// A timer that fires this late tells of a machine that is overloaded.
const LATE_MS = 50;

interface Traffic {
  inFlight: number;
  /** When the connection was opened or its last answer was done. */
  lastMs: number;
  /** The longest pause between an answer and the next request, as far as there is a rhythm; null before the first. */
  pauseMs: number | null;
  isWatched: boolean;
}

/** The HTTP/1 side of a server: which connections are in use, and how they come to an end. */
export class HttpConnections {
  readonly #sockets: OpenSockets;
  readonly #traffic = new WeakMap<Socket, Traffic>();
  readonly #answers = new Set<ServerResponse>();
  readonly #upgraded = new Map<Socket, IncomingMessage>();
  readonly #release: (() => void)[];
  #closing = false;
  /** When a request last began or ended, on any connection. */
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(server: Server, sockets: OpenSockets) {
    this.#sockets = sockets;
    const began = (request: IncomingMessage, response: ServerResponse) =>
      this.#requestBegan(request, response);
    const upgraded = (request: IncomingMessage, socket: Socket) =>
      this.#wasUpgraded(request, socket);
    // Its time runs from here on, not from the first look at it.
    const opened = (socket: Socket) => void this.#trafficOf(socket);
    server.prependListener(sockets.event, opened);
    server.prependListener('request', began);
    this.#release = [
      () => server.off(sockets.event, opened),
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
    const pauseMs = monotonicMs() - traffic.lastMs;
    if (traffic.pauseMs === null) traffic.pauseMs = 0;
    else if (traffic.inFlight === 0 && pauseMs < RHYTHM_MS) {
      traffic.pauseMs = Math.max(traffic.pauseMs, pauseMs);
    }
    traffic.inFlight++;
    this.#lastMs = monotonicMs();
    this.#answers.add(response);
    if (this.#closing) askToClose(response);
    response.once('close', () => {
      traffic.inFlight--;
      traffic.lastMs = monotonicMs();
      this.#lastMs = traffic.lastMs;
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
    if (traffic.isWatched) return;
    traffic.isWatched = true;
    const dueMs = Math.max(monotonicMs(), this.#idleFromMs(traffic));
    setTimeout(() => {
      // Once more through the poll phase: what has arrived is read before it is judged.
      setImmediate(() => {
        traffic.isWatched = false;
        if (traffic.inFlight > 0 || this.#upgraded.has(socket)) return;
        // A machine that lets us wait lets the client wait too: its request gets as long again.
        if (monotonicMs() - dueMs > LATE_MS) traffic.lastMs = monotonicMs();
        if (this.#idleFromMs(traffic) > monotonicMs()) this.#closeWhenIdle(socket);
        else socket.destroySoon();
      });
    }, dueMs - monotonicMs());
  }

  #idleFromMs({ lastMs, pauseMs }: Traffic): number {
    // Who has just connected did so for a request.
    if (pauseMs === null) return lastMs + LONGEST_LINGER_MS;
    const lingerMs = Math.min(Math.max(LINGER_MS, 2 * pauseMs), LONGEST_LINGER_MS);
    return Math.max(lastMs + lingerMs, this.#lastMs + LINGER_MS);
  }

  #trafficOf(socket: Socket): Traffic {
    const known = this.#traffic.get(socket);
    if (known !== undefined) return known;
    const traffic = { inFlight: 0, lastMs: monotonicMs(), pauseMs: null, isWatched: false };
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
