export { DaemonError, ERROR_CODES, type ErrorCode, type ErrorFacts } from './errors.ts';
export type { DaemonContextOptions } from './launch/self/context-options.ts';
export { DaemonContext, type PreservedFile } from './launch/self/daemon-context.ts';
export { type Daemonized, daemonize } from './launch/self/daemonize.ts';
export type { DaemonizeOptions, StreamTarget } from './launch/self/daemonize-options.ts';
export { Daemonizer } from './launch/self/daemonizer.ts';
export type { FdSource } from './launch/self/fd-source.ts';
export { ready, status } from './launch/self/ready.ts';
export type { MappedAction, SignalMap } from './launch/self/signal-map.ts';
export type { ProcessRef } from './process-ref.ts';
export { PidFile, type PidFileOptions } from './record/pid-file.ts';
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
export { type Sent, send } from './request/send.ts';
export type {
  RealTimeKey,
  SignalAction,
  SignalActions,
  SignalKey,
} from './request/signal-actions.ts';
export { SignalHandler } from './request/signal-handler.ts';
export { DaemonRunner, type RunnerApp } from './runner/daemon-runner.ts';
export type { ChildStopOptions, StoppingSpawnOptions } from './shutdown/children.ts';
export { type GracefulShutdown, gracefulShutdown } from './shutdown/graceful-shutdown.ts';
export type { StopReason } from './shutdown/notice.ts';
export type { GracefulShutdownOptions } from './shutdown/options.ts';
export type { PoolOptions, WorkerPool } from './shutdown/pools.ts';
export {
  type ChildEnd,
  formatOutcome,
  formatProgress,
  type Progress,
  type ShutdownReport,
} from './shutdown/progress.ts';
export type { Hook, HookContext, HookOptions } from './shutdown/run.ts';
export type { Closable, ServerOptions } from './shutdown/servers.ts';
export type { KilledProcess, StopTreeResult } from './shutdown/stop-tree.ts';
export { type StopTreeOfOptions, stopTreeOf as stopTree } from './shutdown/stop-tree-of.ts';
export type { WorkerOptions } from './shutdown/workers.ts';
