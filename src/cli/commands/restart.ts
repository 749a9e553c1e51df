import type { Stopped } from '../../control/stop.ts';
import { DaemonError } from '../../errors.ts';
import { monotonicMs } from '../../os/monotonic.ts';
import { formatDuration } from '../../spec/duration.ts';
import type { Session } from '../command.ts';
import { formatJsonLine } from '../output.ts';
import { isSet } from '../spec-options.ts';
import { forEach, targetsOf } from '../targets.ts';
import { startWithProgress } from './start.ts';
import { describeStop, endWithProgress } from './stop.ts';

export async function run(session: Session): Promise<number> {
  return await forEach(session, targetsOf(session, 'restart'), async (found) => {
    const { record } = found;
    if (record === null) {
      throw new DaemonError(
        'NOT_FOUND',
        `Cannot restart "${found.name}": how it was started is not recorded. Use: daimon stop ${found.name}, then daimon start <entry>`,
      );
    }
    if (record.foreground) {
      throw new DaemonError(
        'REFUSED',
        `Cannot restart "${found.name}": it runs in the foreground of daimon run, whose terminal it shares. Use: daimon stop ${found.name}, then daimon run there again`,
      );
    }
    const startedMs = monotonicMs();
    const stopped = await endWithProgress(session, found);
    if (stopped.killed.length > 0)
      session.remark(describeStop(found.name, stopped, monotonicMs() - startedMs));
    const { ref } = await startWithProgress(session, record.spec, record.restarts + 1).catch(
      (error: unknown) => {
        session.remark(describeEnd(found.name, stopped));
        throw error;
      },
    );
    if (isSet(session.args, 'json'))
      session.print(formatJsonLine({ name: found.name, pid: ref.pid, formerPid: stopped.pid }));
    else session.print(describeRestart(found.name, ref.pid, stopped, monotonicMs() - startedMs));
  });
}

/** A fault of the start does not tell that what ran before is down. */
function describeEnd(name: string, { pid }: Stopped): string {
  const what = pid === null ? `${name} was dead` : `${name} (pid ${pid}) was stopped`;
  return `daimon: ${what}, and could not be started again. When that is mended: daimon restart ${name}`;
}

export function describeRestart(
  name: string,
  pid: number,
  stopped: Stopped,
  tookMs: number,
): string {
  return `Restarted ${name} (pid ${pid}, formerly ${stopped.pid ?? 'dead'}), ready in ${formatDuration(tookMs)}.`;
}
