import { openDaemon } from '../../control/signal.ts';
import { DaemonError } from '../../errors.ts';
import { describeEnd } from '../../launch/explain.ts';
import { signalName } from '../../os/signals.ts';
import { formatDuration } from '../../spec/duration.ts';
import type { Session } from '../command.ts';
import { formatJsonLine } from '../output.ts';
import { durationOf, isSet } from '../spec-options.ts';
import { forEach, targetsOf } from '../targets.ts';

export async function run(session: Session): Promise<number> {
  const timeoutMs = durationOf(session.args, 'timeout');
  return await forEach(session, targetsOf(session, 'wait'), async (found) => {
    const handle = openDaemon(found);
    const limits = [
      session.interrupted,
      ...(timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)]),
    ];
    const wait = handle.exited(AbortSignal.any(limits)).catch((reason: unknown) => {
      if (timeoutMs === undefined || !(reason instanceof DOMException)) throw reason;
      throw new DaemonError(
        'STOP_TIMEOUT',
        `"${found.name}" still runs after ${formatDuration(timeoutMs)}. Look at it with: daimon status ${found.name}`,
      );
    });
    const status = await wait.finally(() => handle.close());
    if (isSet(session.args, 'json')) {
      const signal = status?.signal == null ? null : signalName(status.signal);
      session.print(
        formatJsonLine({
          name: found.name,
          pid: handle.ref.pid,
          exitCode: status?.exitCode ?? null,
          signal,
        }),
      );
    } else session.print(`${found.name} (pid ${handle.ref.pid}) ${describeEnd(status)}.`);
  });
}
