export { DaemonError, ERROR_CODES, type ErrorCode, type ErrorFacts } from './errors.ts';
export type { ProcessRef } from './process-ref.ts';
