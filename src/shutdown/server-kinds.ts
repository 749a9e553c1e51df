import { Server } from 'node:net';
import type { HookContext } from './run.ts';
import {
  type Closable,
  type ServerOptions,
  StoppingClosable,
  StoppingNetServer,
  type StoppingServer,
} from './servers.ts';

// RFC 6455, 7.4.1: "going away".
const GOING_AWAY = 1001;

/** What `ws` calls a WebSocketServer. */
interface WebSocketServerLike extends Closable {
  readonly clients: ReadonlySet<{
    close(code: number, reason: string): void;
    terminate(): void;
    once(event: 'close', listener: () => void): unknown;
  }>;
}

/** A framework around an http server: Fastify. */
interface FrameworkLike extends Closable {
  readonly server: Server;
}

/** The right way to stop a server of this kind. */
export function stoppingServer(server: Closable, options: ServerOptions): StoppingServer {
  if (server instanceof Server) return new StoppingNetServer(server, options);
  if (isWebSocketServer(server)) return new StoppingWebSockets(server);
  if (isFramework(server)) return new StoppingFramework(server, options);
  return new StoppingClosable(server);
}

/** The clients are told with a close frame; who does not answer in time is cut off. */
class StoppingWebSockets implements StoppingServer {
  readonly #server: WebSocketServerLike;

  constructor(server: WebSocketServerLike) {
    this.#server = server;
  }

  async stopAccepting(): Promise<void> {
    // Its callback waits for clients; those are for drain().
    this.#server.close();
  }

  async drain({ timeoutMs }: HookContext): Promise<void> {
    const clients = [...this.#server.clients];
    const gone = clients.map(
      (client) => new Promise<void>((resolve) => client.once('close', resolve)),
    );
    for (const client of clients) client.close(GOING_AWAY, 'the server is stopping');
    const cut = setTimeout(() => {
      for (const client of this.#server.clients) client.terminate();
    }, timeoutMs / 2);
    await Promise.all(gone);
    clearTimeout(cut);
  }
}

/** Its http server is drained first, its own close() then runs its hooks with nobody waiting. */
class StoppingFramework implements StoppingServer {
  readonly #framework: StoppingClosable;
  readonly #server: StoppingNetServer;

  constructor(framework: FrameworkLike, options: ServerOptions) {
    this.#framework = new StoppingClosable({ close: () => framework.close() });
    this.#server = new StoppingNetServer(framework.server, options);
  }

  stopAccepting(context: HookContext): Promise<void> {
    return this.#server.stopAccepting(context);
  }

  async drain(context: HookContext): Promise<void> {
    await this.#server.drain(context);
    await this.#framework.drain();
  }
}

function isWebSocketServer(server: Closable): server is WebSocketServerLike {
  return 'clients' in server && server.clients instanceof Set && 'handleUpgrade' in server;
}

function isFramework(server: Closable): server is FrameworkLike {
  return 'server' in server && server.server instanceof Server;
}
