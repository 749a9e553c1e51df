export { DaemonError, ERROR_CODES, type ErrorCode, type ErrorFacts } from './errors.ts';
export type { ProcessRef } from './process-ref.ts';
export {
  IGNORE_SIGNAL,
  ReceivedSignal,
  SIGABRT,
  SIGHUP,
  SIGINT,
  SIGTERM,
  type SignalLike,
  type SignalSender,
  signalClass,
} from './request/received-signal.ts';
export { type GracefulShutdown, gracefulShutdown } from './shutdown/graceful-shutdown.ts';
export type { StopReason } from './shutdown/notice.ts';
export type { GracefulShutdownOptions } from './shutdown/options.ts';
export {
  type ChildEnd,
  formatOutcome,
  formatProgress,
  type Progress,
  type ShutdownReport,
} from './shutdown/progress.ts';
export type { Hook, HookContext, HookOptions } from './shutdown/run.ts';
export type { WorkerOptions } from './shutdown/workers.ts';
