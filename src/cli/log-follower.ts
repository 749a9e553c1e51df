import { FollowedLog, type LogEvent } from '../control/logs/follow.ts';
import type { OpenLog } from '../control/logs/past-lines.ts';
import type { LoggedDaemon } from '../control/logs/sources.ts';
import { type LifeEvent, watchLife } from '../control/logs/watch-life.ts';
import { isErrno } from '../errors.ts';
import { system } from '../os/index.ts';
import { native } from '../os/native.ts';
import type { Session } from './command.ts';
import type { LogPrinter } from './log-printer.ts';
import { isSet } from './spec-options.ts';

const STDOUT = 1;

const EVENT_WORDS: Readonly<Record<LogEvent, string>> = {
  truncated: 'was truncated; it goes on from its beginning',
  rotated: 'was replaced by a new file, which follows',
  gone: 'was renamed or removed; waiting for a new one',
};

/**
 * Prints what daemons write from now on. Resolves when nobody reads the output any more or, with --until-end,
 * when all of them have ended. Ctrl-C needs no handling: SIGINT's own action leaves nothing to tidy.
 */
export function followLogs(
  session: Session,
  daemons: readonly LoggedDaemon[],
  logs: readonly OpenLog[],
  printer: LogPrinter,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const say = (text: string) => {
      printer.flush();
      session.remark(`daimon: ${text}`);
    };
    const followed = daemons.flatMap(({ sources }) =>
      sources.map((source) => {
        const file = logs.find((log) => log.source === source)?.file ?? null;
        return new FollowedLog(source, file, {
          line: (line) => printer.line(line),
          event: ({ path }, event) => say(`${path} ${EVENT_WORDS[event]}`),
          drained: () => printer.flush(),
          failed: reject,
        });
      }),
    );
    const running = new Set(daemons.filter(({ found }) => found?.ref != null));
    const endsWithThem = isSet(session.args, 'until-end');
    const prospect = endsWithThem ? '' : '; waiting for it, Ctrl-C ends this';
    const settle = () => {
      if (endsWithThem && running.size === 0) resolve();
    };
    for (const log of followed) log.start();
    for (const daemon of daemons) {
      const { name } = daemon;
      if (!running.has(daemon)) say(`${name} is not running${prospect}`);
      const tell = (event: LifeEvent) => {
        for (const log of followed) log.drainAll();
        if (event.kind === 'started') return say(`${name} was started (pid ${event.pid})`);
        say(`${name} (pid ${event.pid}) ${event.how}${prospect}`);
        running.delete(daemon);
        settle();
      };
      watchLife(session.places, name, daemon.found?.ref ?? null, tell).catch(reject);
    }
    whenOutputCloses(resolve);
    settle();
  });
}

/** `| head` is noticed when it goes, not at the next line: its pipe has an error condition. poll(2), POLLERR. */
function whenOutputCloses(closed: () => void): void {
  try {
    if (system().fstat(STDOUT)?.kind === 'fifo') native().watchReadable(STDOUT, closed, true);
  } catch (error) {
    // Not every output can be watched, and none on Windows; then it is noticed at the next line.
    if (!isErrno(error, 'EPERM', 'EEXIST', 'ERROR_INVALID_HANDLE')) throw error;
  }
}
