import { basename } from 'node:path';
import type { Session } from '../cli/command.ts';
import { DaemonError } from '../errors.ts';
import { becomeHere, claimHere, isServiceAlready } from '../launch/self/become-here.ts';
import { ownBirth } from '../launch/self/birth.ts';
import { serializeArgs } from '../launch/self/clone-args.ts';
import {
  checkDaemonizeOptions,
  checkPidFilePath,
  type DaemonizeOptions,
} from '../launch/self/daemonize-options.ts';
import { readyAfterThisTurn } from '../launch/self/ready.ts';
import { type SignalLike, signalNumber } from '../request/received-signal.ts';
import { checkTimeMs } from '../spec/check-options.ts';
import { nearestWord } from '../suggest.ts';

/** A program that {@link DaemonRunner} starts and stops. The options are those of `daemonize()`. */
export interface RunnerApp
  extends Pick<
    DaemonizeOptions,
    'cwd' | 'stdin' | 'stdout' | 'stderr' | 'umask' | 'keepFds' | 'ready' | 'readyTimeoutMs'
  > {
  /** Its base name is the daemon's name. */
  readonly pidFile: string;
  /** The daemon's work. Its promise is awaited; what it throws ends the daemon. */
  run(): unknown;
  /** What `stop` sends. Default: SIGTERM. */
  readonly stopSignal?: SignalLike | undefined;
  /** What `reload` sends. Default: SIGHUP. */
  readonly reloadSignal?: SignalLike | undefined;
  /** Between the stop signal and SIGKILL, in milliseconds. Default: 10,000. */
  readonly graceMs?: number | undefined;
}

const ACTIONS = ['start', 'stop', 'restart', 'reload', 'status', 'run'] as const;
type Action = (typeof ACTIONS)[number];

const USAGE_STATUS = 2;

/**
 * Gives a script of one's own the commands `start · stop · restart · reload · status · run`, with the
 * messages and exit codes of `daimon`: 0 done, 1 it failed, 2 usage; `status` 0 running, 1 dead,
 * 3 not running. It prints, and sets `process.exitCode`; what the program holds open is its own.
 *
 * Arguments after the action are the program's: `node app.js start --port 80`.
 *
 * @example
 * await new DaemonRunner({ pidFile: 'app.pid', stdout: 'app.log', run: serve }).run(process.argv)
 */
export class DaemonRunner {
  readonly #app: RunnerApp;
  readonly #pidFile: string;

  /** @throws DaemonError INVALID_ARGUMENT */
  constructor(app: RunnerApp) {
    if (typeof app?.run !== 'function')
      throw new DaemonError('INVALID_ARGUMENT', 'DaemonRunner needs an app with a function run()');
    this.#app = app;
    this.#pidFile = checkPidFilePath(app.pidFile, 'DaemonRunner');
  }

  /**
   * Does what the arguments say; `argv` is as `process.argv`. In the daemon, and for `run`, it
   * resolves when the app's `run()` has; else when the action is done.
   */
  async run(argv: readonly string[] = process.argv): Promise<void> {
    const birth = ownBirth();
    if (birth !== null) {
      birth.takeArgs();
      birth.returned();
      await this.#app.run();
      return;
    }
    const { openSession, reportFailure } = await import('../cli/session.ts');
    const [, script = 'app', word, ...rest] = argv;
    const action = ACTIONS.find((known) => known === word);
    if (action === undefined) return sayUsage(basename(script), word);
    const isJson = rest.includes('--json');
    const session = openSession(() => [], {
      options: new Map(isJson ? [['json', true]] : []),
      positionals: [this.#pidFile],
      rest: [],
    });
    if ((action === 'start' || action === 'restart') && isServiceAlready())
      return await this.#runHere();
    if (action === 'run') return await this.#runInForeground(reportFailure);
    process.exitCode = await this.#act(action, session).catch(reportFailure);
  }

  async #act(action: Exclude<Action, 'run'>, session: Session): Promise<number> {
    switch (action) {
      case 'start':
        return await this.#start(session);
      case 'restart':
        return await this.#restart(session);
      case 'stop':
        return await (await import('../cli/commands/stop.ts')).run(session);
      case 'reload':
        return await (await import('../cli/commands/reload.ts')).run(session);
      case 'status':
        return await (await import('../cli/commands/status.ts')).run(session);
    }
  }

  async #start(session: Session): Promise<number> {
    const { describeStart } = await import('../cli/commands/start.ts');
    const startedMs = performance.now();
    const record = await this.#launch(session, 0);
    session.print(describeStart(record, performance.now() - startedMs));
    return 0;
  }

  async #restart(session: Session): Promise<number> {
    const { findDaemon } = await import('../record/find.ts');
    const found = findDaemon(session.places, this.#pidFile);
    if (found === null) return await this.#start(session);
    const { describeStop, endWithProgress } = await import('../cli/commands/stop.ts');
    const { describeRestart } = await import('../cli/commands/restart.ts');
    const startedMs = performance.now();
    const stopped = await endWithProgress(session, found);
    if (stopped.killed.length > 0)
      session.remark(describeStop(found.name, stopped, performance.now() - startedMs));
    const { spec, ref } = await this.#launch(session, (found.record?.restarts ?? 0) + 1);
    session.print(describeRestart(spec.name, ref.pid, stopped, performance.now() - startedMs));
    return 0;
  }

  async #launch(session: Session, restarts: number) {
    const { launchSelf } = await import('../launch/self/launch-self.ts');
    const { withProgress } = await import('../cli/progress.ts');
    const { stopSignal, reloadSignal, graceMs } = this.#app;
    const options = this.#options();
    const self = {
      ...options,
      pidFile: this.#pidFile,
      args: serializeArgs([]),
      cwd: options.cwd ?? process.cwd(),
      preventCore: true,
      control: {
        stopSignal: stopSignal === undefined ? undefined : signalNumber(stopSignal),
        reloadSignal: reloadSignal === undefined ? undefined : signalNumber(reloadSignal),
        graceMs: checkTimeMs(graceMs, 'graceMs'),
      },
    };
    return await withProgress(
      session,
      (elapsedMs) =>
        `Waiting for ${basename(this.#pidFile, '.pid')} to be ready (${Math.round(elapsedMs / 1000)} s)`,
      launchSelf(self, { restarts, endsAfterStart: true, signal: undefined }),
    );
  }

  /** A service manager, or daimon itself, has started this process as the daemon. */
  async #runHere(): Promise<void> {
    const { reportFailure } = await import('../cli/session.ts');
    try {
      await becomeHere(this.#pidFile, serializeArgs([]), this.#options());
    } catch (error) {
      process.exitCode = reportFailure(error);
      return;
    }
    await this.#app.run();
  }

  async #runInForeground(reportFailure: (error: unknown) => number): Promise<void> {
    try {
      await claimHere(this.#pidFile, 0);
      if (this.#app.ready !== 'notify') readyAfterThisTurn();
    } catch (error) {
      process.exitCode = reportFailure(error);
      return;
    }
    await this.#app.run();
  }

  #options() {
    const { cwd, stdin, stdout, stderr, umask, keepFds, ready, readyTimeoutMs } = this.#app;
    const given = { cwd, stdin, stdout, stderr, umask, keepFds, ready, readyTimeoutMs };
    return checkDaemonizeOptions(given, 'DaemonRunner');
  }
}

function sayUsage(script: string, word: string | undefined): void {
  const usage = `usage: ${script} ${ACTIONS.join('|')}`;
  if (word === '--help' || word === '-h') {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const near = word === undefined ? null : nearestWord(word, ACTIONS);
  const hint = near === null ? '' : ` Did you mean: ${script} ${near}?`;
  const fault = word === undefined ? 'no action was given.' : `there is no action "${word}".`;
  process.stderr.write(`${script}: ${fault}${hint}\n${usage}\n`);
  process.exitCode = USAGE_STATUS;
}
