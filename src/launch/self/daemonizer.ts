import { ownBirth } from './birth.ts';
import { becomeDaemon, type Daemonized, endParent } from './daemonize.ts';
import type { DaemonizeOptions } from './daemonize-options.ts';
import { endByThrowing, failParent } from './parent-ends.ts';

/**
 * {@link daemonize} with a scope: what is to happen in the parent alone stands inside it. When the
 * scope is left, the parent ends, with exit code 1 if its block threw; only the daemon goes on after it.
 *
 * @example
 * {
 *   await using daemonizer = new Daemonizer()
 *   if (daemonizer.isSetup) await migrate()          // once, before there is a daemon
 *   const { isParent, args } = await daemonizer.daemonize('app.pid', [config])
 *   if (isParent) console.log('started')             // once, after it is ready
 * }
 * // only the daemon comes here
 */
export class Daemonizer {
  #isSetup = ownBirth() === null;
  #isParent = false;

  /** True only before there is a daemon: in the first process, until {@link daemonize} is called. */
  get isSetup(): boolean {
    return this.#isSetup;
  }

  /** True in the parent once the daemon is ready. */
  get isParent(): boolean {
    return this.#isParent;
  }

  /** As the function {@link daemonize}, but the parent goes on to the end of the scope; `args` are null there. */
  async daemonize<const Args extends readonly unknown[] = []>(
    pidFile: string | URL,
    args?: Args,
    options: DaemonizeOptions = {},
  ): Promise<Daemonized<Args>> {
    this.#isSetup = false;
    const outcome = await becomeDaemon(pidFile, args ?? [], options, 'Daemonizer.daemonize()');
    this.#isParent = outcome.isParent;
    return outcome as Daemonized<Args>;
  }

  /**
   * Ends the parent, as `SystemExit` does in Python: by throwing, so that `finally` blocks around the
   * scope run. Code around it that catches everything catches that too; there, use {@link scope}.
   * In the daemon, and where there is none, it does nothing.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isParent) endByThrowing();
  }

  /**
   * The same without `using`: calls `block`, and ends the parent when it has settled.
   *
   * @returns what the block returned; only the daemon sees it
   */
  static async scope<T>(block: (daemonizer: Daemonizer) => Promise<T> | T): Promise<T> {
    const daemonizer = new Daemonizer();
    try {
      const result = await block(daemonizer);
      if (!daemonizer.isParent) return result;
    } catch (error) {
      if (daemonizer.isParent) failParent();
      throw error;
    }
    return await endParent();
  }
}
