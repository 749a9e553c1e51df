import { dirname } from 'node:path';
import { system } from '../os/index.ts';
import type { NativePlan } from '../os/native-launch.ts';
import type { ProcessHandle } from '../os/system.ts';
import { type DaemonRecord, ensureFolder, readRecord } from '../record/record.ts';
import type { KilledProcess } from '../shutdown/stop-tree.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';
import type { Places } from '../spec/places.ts';
import { checkClaim, endLeftovers, tidyFiles } from './claim.ts';
import { resolveCredentials } from './credentials.ts';
import { composeEnvironment } from './environment.ts';
import { explainStep, isStepFailure } from './explain.ts';
import { type LogMark, markLogs, removeIfNewAndEmpty } from './log-tail.ts';
import { planLaunch, type Tie } from './plan.ts';
import { preloadPath } from './preload-path.ts';
import { isReachable } from './reachable.ts';
import { chooseGate } from './ready/choose-gate.ts';
import type { ReadyGate } from './ready/gate.ts';
import { resolveCommand } from './resolve-command.ts';

/** What a start tells while it goes on. */
export type StartEvent =
  | { kind: 'leftovers-ended'; processes: readonly KilledProcess[] }
  | { kind: 'launched'; pid: number }
  | { kind: 'status'; text: string };

export interface StartContext {
  readonly places: Places;
  /** What the daemon inherits, unless its spec says otherwise; never written to disk. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How often this daemon was started again so far. */
  readonly restarts: number;
  /**
   * The calling process ends when the start is done. Where only its parent learns how a process
   * ended, it then stands in as the parent until the daemon is ready.
   */
  readonly endsAfterStart: boolean;
  readonly onEvent?: (event: StartEvent) => void;
  /** Aborted: the daemon that is not ready yet is ended, and the start fails. */
  readonly signal?: AbortSignal;
}

/** A daemon between its launch and its being ready. */
export interface Birth {
  readonly spec: DaemonSpec;
  readonly context: StartContext;
  readonly gate: ReadyGate;
  readonly daemon: ProcessHandle;
  readonly mark: string | null;
  readonly logs: readonly LogMark[];
  /** What the record said before, of an earlier run; null for none. */
  readonly previous: DaemonRecord | null;
}

/** From a spec to a process that was launched, or to an error that says why not. The caller closes the birth. */
export async function launchDaemon(
  spec: DaemonSpec,
  context: StartContext,
  tie: Tie,
): Promise<Birth> {
  checkClaim(context.places, spec);
  const { user, ids } = resolveCredentials(spec);
  const environment = composeEnvironment(spec, context.environment, user);
  const command = resolveCommand(spec.entry, spec.interpreter, spec.interpreterArgs);
  const previous = readRecord(context.places.state, spec.name);
  const leftovers = await endLeftovers(context.places, spec.name);
  if (leftovers.length > 0) context.onEvent?.({ kind: 'leftovers-ended', processes: leftovers });
  const gate = await chooseGate(spec, command.isNode, canPreload(spec, ids));
  try {
    const logs = markLogs(spec);
    for (const { path } of logs) ensureFolder(dirname(path));
    const treeMark = system().newTreeMark();
    const resolved = { command, environment, ids, treeMark: treeMark?.limit ?? null };
    if (context.endsAfterStart && system().onlyParentsLearnEnds) system().adoptOrphans();
    const daemon = launch(spec, planLaunch(spec, resolved, gate.channel, tie), logs);
    context.onEvent?.({ kind: 'launched', pid: daemon.ref.pid });
    return { spec, context, gate, daemon, mark: treeMark?.mark ?? null, logs, previous };
  } catch (error) {
    gate.close();
    throw error;
  } finally {
    gate.launched();
  }
}

export function closeBirth({ gate, daemon }: Birth): void {
  gate.close();
  daemon.close();
}

function canPreload(spec: DaemonSpec, ids: NativePlan['credentials']): boolean {
  const isInsideRoot = spec.chroot === null || preloadPath().startsWith(`${spec.chroot}/`);
  return isInsideRoot && isReachable(preloadPath(), ids);
}

function launch(spec: DaemonSpec, plan: NativePlan, logs: readonly LogMark[]): ProcessHandle {
  try {
    return system().adoptLaunched(system().launch(plan));
  } catch (error) {
    if (!isStepFailure(error)) throw error;
    if (error.ownerPid === undefined) {
      tidyFiles(spec.pidFile, null, error.childPid ?? null, () =>
        logs.forEach(removeIfNewAndEmpty),
      );
    }
    throw explainStep(spec, error);
  }
}
