import type { ExitStatus } from '../../os/system.ts';
import { removeRecord } from '../../record/record.ts';
import { whileRecordsAreOurs } from '../../record/record-lock.ts';
import { type StopTreeResult, stopTree } from '../../shutdown/stop-tree.ts';
import type { Birth } from '../birth.ts';
import { tidyFiles } from '../claim.ts';
import { readOurs } from '../publish.ts';

export interface RunResult {
  /** null: the kernel did not tell. */
  readonly status: ExitStatus | null;
  /** Why it counts as failed, where it ended before it was ready in the way that was asked for. */
  readonly unready: unknown;
  /** What of its tree outlived it, and did not end when it was asked. */
  readonly left: Pick<StopTreeResult, 'killed' | 'survivors'>;
}

/** What the child has left of its tree is asked to end, then killed. */
export async function endRest(
  { spec, mark }: Birth,
  hurry: AbortSignal,
): Promise<RunResult['left']> {
  const { stopSignal, graceMs } = spec;
  const options = { stopSignal, graceMs, hurry: () => hurry };
  return await stopTree({ root: null, mark }, options);
}

/** The files of a child that has ended. */
export async function tidy(birth: Birth): Promise<void> {
  const { spec, stateFolder, daemon } = birth;
  await whileRecordsAreOurs(stateFolder, () => {
    tidyFiles(spec.pidFile, null, daemon.ref.pid);
    if (readOurs(birth) !== null) removeRecord(stateFolder, spec.name);
  });
}
