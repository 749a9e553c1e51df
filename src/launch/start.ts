import type { DaemonRecord } from '../record/record.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';
import { undo } from './birth.ts';
import { bringUp } from './bring-up.ts';
import { type Launched, launchDaemon, type StartContext } from './launch-daemon.ts';
import { DETACHED } from './plan.ts';

export type { StartContext, StartEvent } from './launch-daemon.ts';

/** Starts a daemon and returns when it is ready; when it fails, nothing of it is left. */
export async function start(spec: DaemonSpec, context: StartContext): Promise<DaemonRecord> {
  return await finish(await launchDaemon(spec, context, DETACHED), context);
}

/** From "launched" to "ready", or to an error and nothing left. */
export async function finish(birth: Launched, context: StartContext): Promise<DaemonRecord> {
  try {
    const outcome = await bringUp(birth, context);
    if (outcome.kind === 'ready') return outcome.record;
    await undo(birth);
    throw outcome.error;
  } finally {
    birth.daemon.close();
  }
}
