import { channel } from 'node:diagnostics_channel';
import type { StopReason } from './notice.ts';
import type { HookOutcome } from './phases.ts';

/** What a graceful shutdown is doing; emitted as `progress` and published as `daimon:shutdown`. */
export type Progress =
  | { readonly kind: 'requested'; readonly reason: StopReason; readonly graceMs: number }
  | { readonly kind: 'phase'; readonly phase: string }
  | {
      readonly kind: 'hook';
      readonly phase: string;
      readonly name: string;
      readonly timeoutMs: number;
    }
  | { readonly kind: 'outcome'; readonly outcome: HookOutcome }
  | { readonly kind: 'child'; readonly child: ChildEnd }
  | { readonly kind: 'finished'; readonly report: ShutdownReport };

/** How a child process of `stop.spawn` ended. */
export interface ChildEnd {
  readonly command: string;
  readonly pid: number;
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True when the grace period did not suffice and SIGKILL was sent to it or a descendant. */
  readonly killed: boolean;
}

/** What came of a shutdown. */
export interface ShutdownReport {
  readonly reason: StopReason;
  readonly elapsedMs: number;
  readonly outcomes: readonly HookOutcome[];
  /** Those that failed or took too long. */
  readonly failures: readonly HookOutcome[];
}

const published = channel('daimon:shutdown');

/** Tells `diagnostics_channel` subscribers of `daimon:shutdown`. */
export function publishProgress(progress: Progress): void {
  published.publish(progress);
}

/** One line for people. */
export function formatProgress(progress: Progress): string {
  switch (progress.kind) {
    case 'requested':
      return `stopping: ${progress.reason.message} (grace ${progress.graceMs} ms)`;
    case 'phase':
      return `phase ${progress.phase}`;
    case 'hook':
      return `${progress.phase}: ${progress.name} …`;
    case 'outcome':
      return formatOutcome(progress.outcome);
    case 'child':
      return formatChildEnd(progress.child);
    case 'finished':
      return `stopped in ${Math.round(progress.report.elapsedMs)} ms`;
  }
}

/** One line for people: what became of a hook. */
export function formatOutcome(outcome: HookOutcome): string {
  const subject = `${outcome.phase}: ${outcome.name}`;
  switch (outcome.kind) {
    case 'done':
      return `${subject} done in ${Math.round(outcome.elapsedMs)} ms`;
    case 'failed':
      return `${subject} failed: ${describeError(outcome.error)}`;
    case 'timedOut':
      return `${subject} did not finish within ${outcome.timeoutMs} ms`;
  }
}

function formatChildEnd(child: ChildEnd): string {
  const how = child.signal === null ? `exit code ${child.exitCode}` : child.signal;
  return `${child.command} (pid ${child.pid}) ended: ${how}${child.killed ? ', had to be killed' : ''}`;
}

function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
