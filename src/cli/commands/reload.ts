import { reloadDaemon } from '../../control/reload.ts';
import { monotonicMs } from '../../os/monotonic.ts';
import { parseSignal, signalName } from '../../os/signals.ts';
import { formatDuration } from '../../spec/duration.ts';
import { DEFAULT_READY_TIMEOUT_MS } from '../../spec/resolve-spec.ts';
import type { Session } from '../command.ts';
import { withProgress } from '../progress.ts';
import { durationOf, isSet, textOf } from '../spec-options.ts';
import { forEach, targetsOf } from '../targets.ts';

export async function run(session: Session): Promise<number> {
  const given = textOf(session.args, 'signal');
  const wanted = given === undefined ? undefined : parseSignal(given);
  return await forEach(session, targetsOf(session, 'reload'), async (found) => {
    const startedMs = monotonicMs();
    const { isReady, signalNumber } = await withProgress(
      session,
      (elapsedMs) => `Waiting for ${found.name} to be ready again (${formatDuration(elapsedMs)})`,
      reloadDaemon(found, {
        signalNumber: wanted,
        timeoutMs: durationOf(session.args, 'timeout') ?? DEFAULT_READY_TIMEOUT_MS,
        force: isSet(session.args, 'force'),
      }),
    );
    session.print(
      isReady
        ? `Reloaded ${found.name}, ready again in ${formatDuration(monotonicMs() - startedMs)}.`
        : `Sent ${signalName(signalNumber)} to ${found.name}; it does not tell when it has reloaded.`,
    );
  });
}
