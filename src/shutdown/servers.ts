import type { IncomingMessage } from 'node:http';
import type { Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DaemonError } from '../errors.ts';
import { memberTimeMs } from './group.ts';
import { Handshakes } from './handshakes.ts';
import { HttpConnections } from './http-connections.ts';
import { Http2Sessions } from './http2-sessions.ts';
import { stopListening } from './listening.ts';
import { checkMs } from './options.ts';
import type { HookContext } from './run.ts';
import { aborted, isTls, OpenSockets } from './sockets.ts';

export interface ServerOptions {
  /**
   * Goes on accepting for this long, in milliseconds, every answer saying `Connection: close`: until
   * a load balancer has taken the server out. Default 0.
   */
  delayMs?: number;
  /** To finish what is in flight, in milliseconds. Default: half of what is left. */
  graceMs?: number;
  /** Says goodbye on an upgraded socket (websocket, CONNECT) before it is ended. */
  upgraded?: (socket: Socket, request: IncomingMessage) => unknown;
}

/** Anything that a program can stop serving with. */
export interface Closable {
  close(callback?: (error?: Error) => void): unknown;
}

/** A server on its way out: first it takes in nobody, then it lets everybody finish. */
export interface StoppingServer {
  stopAccepting(context: HookContext): Promise<void>;
  drain(context: HookContext): Promise<void>;
}

// After what ends a socket: for the peer to close its side too.
const GOODBYE_MS = 250;
// A raw connection counts as idle when nothing was read or written for this long.
const RAW_IDLE_MS = 250;

/** net, tls, http, https and http2 servers. */
export class StoppingNetServer implements StoppingServer {
  readonly #server: Server;
  readonly #sockets: OpenSockets;
  readonly #handshakes: Handshakes;
  readonly #http: HttpConnections | null;
  readonly #http2: Http2Sessions | null;
  readonly #options: ServerOptions;

  constructor(server: Server, options: ServerOptions) {
    const { delayMs, graceMs } = options;
    if (delayMs !== undefined) checkMs('delayMs', delayMs);
    if (graceMs !== undefined) checkMs('graceMs', graceMs);
    this.#options = options;
    this.#server = server;
    this.#sockets = new OpenSockets(server);
    this.#handshakes = new Handshakes(server);
    const speaksHttp2 = 'updateSettings' in server;
    this.#http2 = speaksHttp2 ? new Http2Sessions(server) : null;
    // An http2 server with TLS may agree on HTTP/1 too (allowHTTP1).
    const speaksHttp1 = 'closeIdleConnections' in server || (speaksHttp2 && isTls(server));
    this.#http = speaksHttp1 ? new HttpConnections(server, this.#sockets) : null;
  }

  async stopAccepting({ signal }: HookContext): Promise<void> {
    const { delayMs = 0 } = this.#options;
    if (delayMs > 0) {
      this.#http?.announceClose();
      await sleep(delayMs, undefined, { signal });
    }
    await stopListening(this.#server, this.#sockets.all.size > 0, signal);
    await this.#handshakes.finish(signal);
    // Not before: told to close, the clients would all come back and stand in the queue.
    this.#http?.announceClose();
  }

  async drain(context: HookContext): Promise<void> {
    const graceMs = memberTimeMs(this.#options.graceMs, context);
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(graceMs)]);
    await Promise.all([
      this.#http2?.drain(signal),
      this.#http?.drain(signal),
      this.#drainRaw(signal),
    ]);
    const cutOff = this.#http?.inFlight ?? 0;
    await this.#endUpgraded(signal);
    for (const socket of this.#sockets.all) socket.destroy();
    this.#stopListeningToEvents();
    if (cutOff === 0) return;
    throw new DaemonError(
      'STOP_TIMEOUT',
      `${cutOff} request${cutOff === 1 ? '' : 's'} had no answer within ${Math.ceil(graceMs)} ms and ${cutOff === 1 ? 'was' : 'were'} cut off`,
    );
  }

  #stopListeningToEvents(): void {
    this.#http?.release();
    this.#http2?.release();
    this.#handshakes.release();
    this.#sockets.release();
  }

  /** No protocol tells when a raw connection is done: it is when it has been silent. */
  async #drainRaw(signal: AbortSignal): Promise<void> {
    if (this.#http !== null || this.#http2 !== null) return;
    for (const socket of this.#sockets.all) {
      socket.setTimeout(RAW_IDLE_MS);
      socket.once('timeout', () => {
        socket.end();
        socket.once('timeout', () => socket.destroy());
      });
    }
    await this.#sockets.none(() => true, signal);
  }

  async #endUpgraded(signal: AbortSignal): Promise<void> {
    const { upgraded: goodbye } = this.#options;
    const upgraded = [...(this.#http?.upgraded ?? [])];
    if (upgraded.length === 0) return;
    const said = upgraded.map(async ([socket, request]) => goodbye?.(socket, request));
    await Promise.race([Promise.allSettled(said), aborted(signal)]);
    for (const [socket] of upgraded) socket.end();
    const bound = AbortSignal.any([signal, AbortSignal.timeout(GOODBYE_MS)]);
    await this.#sockets.none(() => true, bound);
  }
}

/** Frameworks and whatever else has a close(): it is called, and waited for. */
export class StoppingClosable implements StoppingServer {
  readonly #closable: Closable;

  constructor(closable: Closable) {
    this.#closable = closable;
  }

  async stopAccepting(): Promise<void> {}

  async drain(): Promise<void> {
    await closeIt(this.#closable);
  }
}

function closeIt(closable: Closable): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error) => (error ? reject(error) : resolve());
    // A function that names a parameter calls it; one that does not returns a promise or is done.
    const result = closable.close.length > 0 ? closable.close(done) : closable.close();
    if (isThenable(result)) result.then(() => resolve(), reject);
    else if (closable.close.length === 0) resolve();
  });
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
