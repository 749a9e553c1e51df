import { DaemonError, type ErrorFacts } from '../errors.ts';
import { signalName } from '../os/signals.ts';
import type { ExitStatus } from '../os/system.ts';
import type { ProcessRef } from '../process-ref.ts';
import { fileIdOf, replacePidFile } from '../record/pid-file-state.ts';
import { type DaemonRecord, RECORD_VERSION, removeRecord, writeRecord } from '../record/record.ts';
import { stopTree } from '../shutdown/stop-tree.ts';
import { formatDuration } from '../spec/duration.ts';
import { escapeControls } from '../spec/escape.ts';
import { formatReadyMode } from '../spec/ready-mode.ts';
import { awaitReady, type ReadyOutcome } from './await-ready.ts';
import { tidyFiles } from './claim.ts';
import { describeEnd } from './explain.ts';
import type { Birth } from './launch-daemon.ts';
import { type LogMark, readTail, removeIfNewAndEmpty } from './log-tail.ts';

/** `ended`: before it was ready; what that means, and whether to undo it, is the caller's to say. */
export type BroughtUp =
  | { kind: 'ready'; record: DaemonRecord }
  | { kind: 'ended'; status: ExitStatus | null; error: unknown };

/** From "launched" to "ready", with a record of each. Where it does not get ready, all the way back. */
export async function bringUp(birth: Birth): Promise<BroughtUp> {
  const { spec, context, daemon } = birth;
  try {
    // execve(2) has succeeded, or we would not be here.
    if (spec.ready.kind === 'exec')
      return { kind: 'ready', record: publish(birth, daemon.ref, true, null) };
    // Known from now on: a launcher that is killed leaves a daemon that `stop` can find.
    publish(birth, daemon.ref, false, null);
    const outcome = await awaitReady(birth.gate, daemon, {
      mark: birth.mark,
      timeoutMs: spec.readyTimeoutMs,
      onStatus: (text) => context.onEvent?.({ kind: 'status', text }),
      signal: context.signal,
    });
    if (outcome.kind === 'ready') {
      if (outcome.main !== daemon.ref) replacePidFile(spec.pidFile, outcome.main.pid);
      return { kind: 'ready', record: publish(birth, outcome.main, true, outcome.statusText) };
    }
    const error = explainOutcome(birth, outcome);
    if (outcome.kind === 'ended') return { kind: 'ended', status: outcome.status, error };
    throw error;
  } catch (error) {
    await undo(birth);
    throw error;
  }
}

function publish(
  birth: Birth,
  ref: ProcessRef,
  ready: boolean,
  statusText: string | null,
): DaemonRecord {
  const record: DaemonRecord = {
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
  writeRecord(birth.context.places.state, record);
  return record;
}

// A daemon that does not come up has nothing to finish: it gets less than its own grace.
const LONGEST_UNDO_GRACE_MS = 2000;

/** Ends what was launched, and puts the files back as they were. */
export async function undo({ spec, context, daemon, mark, logs, previous }: Birth): Promise<void> {
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
      return failed(
        'EXITED_EARLY',
        `it ${describeEnd(outcome.status)} before it was ready${hintAt(outcome.status)}`,
        {
          exitCode: outcome.status?.exitCode ?? undefined,
          signal: outcome.status?.signal == null ? undefined : signalName(outcome.status.signal),
        },
      );
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

/** Programs that daemonize themselves leave a parent that ends well. */
function hintAt(status: ExitStatus | null): string {
  if (status?.exitCode !== 0) return '';
  return '. If it puts itself into the background, tell it to stay in the foreground';
}

function formatTail(logs: readonly LogMark[]): string {
  const [mark] = logs;
  const lines = mark === undefined ? [] : readTail(mark);
  if (mark === undefined || lines.length === 0) return '';
  return `. The last it wrote (${mark.path}):\n${lines.map((line) => `  | ${escapeControls(line)}`).join('\n')}`;
}
