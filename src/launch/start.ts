import { dirname } from 'node:path';
import { DaemonError, type ErrorFacts } from '../errors.ts';
import { system } from '../os/index.ts';
import type { NativePlan } from '../os/native-launch.ts';
import { signalName } from '../os/signals.ts';
import type { ProcessHandle } from '../os/system.ts';
import type { ProcessRef } from '../process-ref.ts';
import { fileIdOf } from '../record/pid-file-state.ts';
import {
  type DaemonRecord,
  ensureFolder,
  RECORD_VERSION,
  readRecord,
  removeRecord,
  writeRecord,
} from '../record/record.ts';
import { type KilledProcess, stopTree } from '../shutdown/stop-tree.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';
import { formatDuration } from '../spec/duration.ts';
import { escapeControls } from '../spec/escape.ts';
import type { Places } from '../spec/places.ts';
import { formatReadyMode } from '../spec/ready-mode.ts';
import { awaitReady, type ReadyOutcome } from './await-ready.ts';
import { checkClaim, endLeftovers, tidyFiles } from './claim.ts';
import { resolveCredentials } from './credentials.ts';
import { composeEnvironment } from './environment.ts';
import { describeEnd, explainStep, isStepFailure } from './explain.ts';
import { type LogMark, markLogs, readTail, removeIfNewAndEmpty } from './log-tail.ts';
import { planLaunch } from './plan.ts';
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

/** Starts a daemon and returns when it is ready; when it fails, nothing of it is left. */
export async function start(spec: DaemonSpec, context: StartContext): Promise<DaemonRecord> {
  checkClaim(context.places, spec);
  const { user, ids } = resolveCredentials(spec);
  const environment = composeEnvironment(spec, context.environment, user);
  const command = resolveCommand(spec.entry, spec.interpreter, spec.interpreterArgs);
  const gate = await chooseGate(spec, command.isNode, canPreload(spec, ids));
  try {
    const previous = readRecord(context.places.state, spec.name);
    const leftovers = await endLeftovers(context.places, spec.name);
    if (leftovers.length > 0) context.onEvent?.({ kind: 'leftovers-ended', processes: leftovers });
    const logs = markLogs(spec);
    for (const { path } of logs) ensureFolder(dirname(path));
    const treeMark = system().newTreeMark();
    const resolved = { command, environment, ids, treeMark: treeMark?.limit ?? null };
    if (context.endsAfterStart && system().onlyParentsLearnEnds) system().adoptOrphans();
    const daemon = launch(spec, planLaunch(spec, resolved, gate.channel), logs);
    try {
      gate.launched();
      context.onEvent?.({ kind: 'launched', pid: daemon.ref.pid });
      return await bringUp({
        spec,
        context,
        gate,
        daemon,
        mark: treeMark?.mark ?? null,
        logs,
        previous,
      });
    } finally {
      daemon.close();
    }
  } finally {
    gate.close();
  }
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

/** A daemon between its launch and its being ready. */
interface Birth {
  readonly spec: DaemonSpec;
  readonly context: StartContext;
  readonly gate: ReadyGate;
  readonly daemon: ProcessHandle;
  readonly mark: string | null;
  readonly logs: readonly LogMark[];
  /** What the record said before, of an earlier run; null for none. */
  readonly previous: DaemonRecord | null;
}

/** From "launched" to "ready"; or all the way back. */
async function bringUp(birth: Birth): Promise<DaemonRecord> {
  const { spec, context, daemon } = birth;
  const publish = (ref: ProcessRef, ready: boolean, statusText: string | null) => {
    const record = describeBirth(birth, ref, ready, statusText);
    writeRecord(context.places.state, record);
    return record;
  };
  try {
    // execve(2) has succeeded, or we would not be here.
    if (spec.ready.kind === 'exec') return publish(daemon.ref, true, null);
    // Known from now on: a launcher that is killed leaves a daemon that `stop` can find.
    publish(daemon.ref, false, null);
    const outcome = await awaitReady(birth.gate, daemon, {
      mark: birth.mark,
      timeoutMs: spec.readyTimeoutMs,
      onStatus: (text) => context.onEvent?.({ kind: 'status', text }),
      signal: context.signal,
    });
    if (outcome.kind === 'ready') return publish(outcome.main, true, outcome.statusText);
    throw explainOutcome(birth, outcome);
  } catch (error) {
    await undo(birth);
    throw error;
  }
}

function describeBirth(
  birth: Birth,
  ref: ProcessRef,
  ready: boolean,
  statusText: string | null,
): DaemonRecord {
  return {
    version: RECORD_VERSION,
    spec: birth.spec,
    ref,
    mark: birth.mark,
    pidFileId: fileIdOf(birth.spec.pidFile),
    notifyAddress: birth.gate.notifyAddress,
    startedAt: new Date().toISOString(),
    ready,
    statusText,
    restarts: birth.context.restarts,
  };
}

// A daemon that does not come up has nothing to finish: it gets less than its own grace.
const LONGEST_UNDO_GRACE_MS = 2000;

async function undo({ spec, context, daemon, mark, logs, previous }: Birth): Promise<void> {
  const graceMs = Math.min(spec.graceMs, LONGEST_UNDO_GRACE_MS);
  await stopTree({ root: daemon.ref, mark }, { stopSignal: spec.stopSignal, graceMs });
  tidyFiles(spec.pidFile, null, daemon.ref.pid, () => {
    if (previous === null) removeRecord(context.places.state, spec.name);
    else writeRecord(context.places.state, previous);
    logs.forEach(removeIfNewAndEmpty);
  });
}

function explainOutcome(
  { spec, logs }: Birth,
  outcome: Exclude<ReadyOutcome, { kind: 'ready' }>,
): unknown {
  const failed = (code: 'EXITED_EARLY' | 'READY_TIMEOUT', what: string, facts: ErrorFacts = {}) =>
    new DaemonError(code, `Cannot start "${spec.name}": ${what}${formatTail(logs)}`, facts);
  switch (outcome.kind) {
    case 'ended':
      return failed('EXITED_EARLY', `it ${describeEnd(outcome.status)} before it was ready`, {
        exitCode: outcome.status?.exitCode ?? undefined,
        signal: outcome.status?.signal == null ? undefined : signalName(outcome.status.signal),
      });
    case 'timeout':
      return failed(
        'READY_TIMEOUT',
        `it was not ready after ${formatDuration(outcome.waitedMs)} (--ready ${formatReadyMode(spec.ready)}), and was ended. ` +
          'Give it longer with --ready-timeout, or choose another --ready',
      );
    case 'failed':
      if (!(outcome.error instanceof DaemonError)) return outcome.error;
      return failed('EXITED_EARLY', outcome.error.message, {
        errno: outcome.error.errno,
        cause: outcome.error,
      });
  }
}

function formatTail(logs: readonly LogMark[]): string {
  const [mark] = logs;
  const lines = mark === undefined ? [] : readTail(mark);
  if (mark === undefined || lines.length === 0) return '';
  return `. The last it wrote (${mark.path}):\n${lines.map((line) => `  | ${escapeControls(line)}`).join('\n')}`;
}
