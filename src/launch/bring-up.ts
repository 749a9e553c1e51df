import { DaemonError, type ErrorCode, type ErrorFacts } from '../errors.ts';
import { signalName } from '../os/signals.ts';
import type { ExitStatus } from '../os/system.ts';
import { rememberLogs } from '../record/former-logs.ts';
import { writePidFile } from '../record/pid-file-state.ts';
import type { DaemonRecord } from '../record/record.ts';
import { whileRecordsAreOurs } from '../record/record-lock.ts';
import { formatDuration } from '../spec/duration.ts';
import { escapeControls } from '../spec/escape.ts';
import { formatReadyMode } from '../spec/ready-mode.ts';
import { awaitReady, type ReadyOutcome } from './await-ready.ts';
import { type Birth, undo } from './birth.ts';
import { describeEnd } from './explain.ts';
import type { Launched, StartContext } from './launch-daemon.ts';
import { type LogMark, readTail } from './log-tail.ts';
import { isUntouched, publish, readOurs } from './publish.ts';
import type { ReadyGate } from './ready/gate.ts';

/** `ended`: before it was ready; what that means, and whether to undo it, is the caller's to say. */
export type BroughtUp =
  | { kind: 'ready'; record: DaemonRecord }
  | { kind: 'ended'; status: ExitStatus | null; error: unknown };

/** From "launched" to "ready", with a record of each. Where it does not get ready, all the way back. */
export async function bringUp(birth: Launched, context: StartContext): Promise<BroughtUp> {
  const { spec, daemon, record } = birth;
  try {
    if (record.ready) return { kind: 'ready', record };
    const outcome = await awaitReady(birth.gate, daemon, {
      mark: birth.mark,
      timeoutMs: spec.readyTimeoutMs,
      blockingMs: context.blockingMs ?? 0,
      onStatus: (text) => context.onEvent?.({ kind: 'status', text }),
      signal: context.signal,
    });
    if (outcome.kind === 'ready') {
      const published = await whileRecordsAreOurs(birth.stateFolder, () => {
        const ours = isUntouched(birth) ? birth.record : readOurs(birth);
        if (ours === null) return null;
        if (outcome.main !== daemon.ref) writePidFile(spec.pidFile, outcome.main.pid);
        rememberLogs(context.places, spec);
        // What it has said since it was ready stands in the record already.
        return publish(birth, outcome.main, true, ours.statusText ?? outcome.statusText);
      });
      if (published === null) throw await whyGone(birth);
      return { kind: 'ready', record: published.record };
    }
    // Its end may be heard before what it said of it.
    const failure = outcome.kind === 'ended' ? (birth.gate.failure?.() ?? null) : null;
    const error = explainOutcome(
      birth,
      failure === null ? outcome : { kind: 'failed', error: failure },
    );
    if (outcome.kind === 'ended') return { kind: 'ended', status: outcome.status, error };
    throw error;
  } catch (error) {
    await undo(birth);
    throw error;
  } finally {
    birth.gate.close();
  }
}

// From its taking the record away to its being gone: a loaded machine takes its time.
const LONGEST_END_MS = 5000;

/** The record is gone: a daemon that ends by itself takes it away, and so does another command's stop. */
async function whyGone(birth: Birth): Promise<unknown> {
  const { spec, daemon, gate } = birth;
  const timeout = AbortSignal.timeout(LONGEST_END_MS);
  const status = await daemon.exited(timeout).catch((error: unknown) => {
    if (!timeout.aborted) throw error;
    return null;
  });
  if (gate.isEnding?.() === true) return explainOutcome(birth, { kind: 'ended', status });
  return new DaemonError(
    'EXITED_EARLY',
    `Cannot start "${spec.name}": another command stopped it before it was ready`,
  );
}

function explainOutcome(
  { spec, logs, gate }: Birth,
  outcome: Exclude<ReadyOutcome, { kind: 'ready' }>,
): unknown {
  const failed = (code: ErrorCode, what: string, facts: ErrorFacts = {}) =>
    new DaemonError(code, `Cannot start "${spec.name}": ${what}${formatTail(logs, gate)}`, facts);
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
    case 'failed': {
      const { error } = outcome;
      if (!(error instanceof DaemonError)) return error;
      const { syscall, errno, errnoName, path, pid } = error;
      const facts = { syscall, errno, errnoName, path, pid, cause: error };
      return failed(error.code, error.message, facts);
    }
  }
}

/** Programs that daemonize themselves leave a parent that ends well. */
function hintAt(status: ExitStatus | null): string {
  if (status?.exitCode !== 0) return '';
  return '. If it puts itself into the background, tell it to stay in the foreground';
}

function formatTail(logs: readonly LogMark[], gate: ReadyGate): string {
  const [mark] = logs;
  const written = mark === undefined ? [] : readTail(mark);
  const lines = written.length > 0 ? written : (gate.lastWords?.() ?? []).filter(isNotBlank);
  if (lines.length === 0) return '';
  const where = mark === undefined || written.length === 0 ? '' : ` (${mark.path})`;
  return `. The last it wrote${where}:\n${lines.map((line) => `  | ${escapeControls(line)}`).join('\n')}`;
}

function isNotBlank(line: string): boolean {
  return line.trim() !== '';
}
