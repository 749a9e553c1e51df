import { endDaemon, type StopOptions, type Stopped, stopDaemon } from '../../control/stop.ts';
import { monotonicMs } from '../../os/monotonic.ts';
import { parseSignal } from '../../os/signals.ts';
import type { FoundDaemon } from '../../record/find.ts';
import { formatDuration } from '../../spec/duration.ts';
import { listProcesses } from '../../spec/escape.ts';
import type { Session } from '../command.ts';
import { formatJsonLine } from '../output.ts';
import { withProgress } from '../progress.ts';
import { durationOf, isSet, textOf } from '../spec-options.ts';
import { forEach, targetsOf } from '../targets.ts';

// Most daemons end within this time; a person or a script sees no difference.
const BLOCKING_MS = 50;

export async function run(session: Session): Promise<number> {
  return await forEach(session, targetsOf(session, 'stop'), async (found) => {
    const startedMs = monotonicMs();
    const stopped = await stopWithProgress(session, found);
    if (isSet(session.args, 'json')) {
      session.print(formatJsonLine({ name: found.name, pid: stopped.pid, killed: stopped.killed }));
    } else {
      session.print(describeStop(found.name, stopped, monotonicMs() - startedMs));
    }
  });
}

export function stopWithProgress(session: Session, found: FoundDaemon): Promise<Stopped> {
  return showProgress(session, found, (options) => stopDaemon(session.places, found, options));
}

/** Before it is started again: if that fails, it is still known how. */
export function endWithProgress(session: Session, found: FoundDaemon): Promise<Stopped> {
  return showProgress(session, found, (options) => endDaemon(found, options));
}

async function showProgress(
  session: Session,
  found: FoundDaemon,
  stop: (options: StopOptions) => Promise<Stopped>,
): Promise<Stopped> {
  const signal = textOf(session.args, 'signal');
  let waitsFor = '';
  const work = stop({
    stopSignal: signal === undefined ? undefined : parseSignal(signal),
    graceMs: durationOf(session.args, 'grace'),
    hurry: () => nextInterruption(session),
    blockingMs: BLOCKING_MS,
    onEvent(event) {
      if (event.kind === 'killing') waitsFor = ': killing what is left';
      if (event.kind === 'unheard')
        waitsFor = ': it does not listen for signals, and is ended then';
    },
  });
  return await withProgress(
    session,
    (elapsedMs) =>
      `Waiting for ${found.name} to stop (${formatDuration(elapsedMs)})${waitsFor}; Ctrl-C kills it`,
    work,
  );
}

/** A Ctrl-C that has killed one daemon takes no grace from those that are stopped after it. */
function nextInterruption({ interrupted }: Session): AbortSignal {
  return interrupted.aborted ? new AbortController().signal : interrupted;
}

export function describeStop(name: string, stopped: Stopped, tookMs: number): string {
  const what =
    stopped.pid === null
      ? `${name} was dead already; removed what it had left.`
      : `Stopped ${name} (pid ${stopped.pid}) in ${formatDuration(tookMs)}.`;
  if (stopped.killed.length === 0) return what;
  const why = stopped.unheard
    ? ' It does not listen for signals, so nobody could ask it to stop.'
    : '';
  const graceMs = Math.min(stopped.graceMs, tookMs); // less when somebody was in a hurry
  return `${what}${why} Had to kill after ${formatDuration(graceMs)} of grace: ${listProcesses(stopped.killed)}`;
}
