import type { ServerHttp2Session } from 'node:http2';
import type { Server } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { aborted } from './sockets.ts';

const NO_ERROR = 0;
// RFC 9113, 6.8: a first GOAWAY with the highest stream id tells the peer to open no more streams,
// without refusing those on their way; the one that closes follows after a round trip.
const HIGHEST_STREAM_ID = 2 ** 31 - 1;
const ROUND_TRIP_MS = 100;

/** The HTTP/2 side of a server. */
export class Http2Sessions {
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    server.on('session', this.#opened);
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Lets open streams finish. */
  async drain(signal: AbortSignal): Promise<void> {
    if (this.#sessions.size === 0) return;
    for (const session of this.#sessions) session.goaway(NO_ERROR, HIGHEST_STREAM_ID);
    await sleep(ROUND_TRIP_MS, undefined, { signal }).catch(() => {});
    const closing = [...this.#sessions].map(
      (session) => new Promise<void>((resolve) => session.close(resolve)),
    );
    await Promise.race([Promise.all(closing), aborted(signal)]);
    for (const session of this.#sessions) session.destroy();
  }

  release(): void {
    this.#server.off('session', this.#opened);
  }

  readonly #opened = (session: ServerHttp2Session): void => {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
  };
}
