import { closeSync, constants, openSync } from 'node:fs';
import { DaemonError } from '../../errors.ts';
import { native } from '../../os/native.ts';
import { requireFeature } from '../supported.ts';

/** What is changed in the running process itself where it does not detach. `undefined`: left as it is. */
export interface HereOptions {
  readonly cwd: string | undefined;
  readonly umask: number | undefined;
  /** null: /dev/null. */
  readonly stdio: readonly (number | string | null | undefined)[];
}

const LOG_MODE = 0o640;

export function applyHere(options: HereOptions): void {
  if (options.umask !== undefined) process.umask(options.umask);
  redirectHere(options.stdio);
  if (options.cwd !== undefined) changeDirectory(options.cwd);
}

export function changeDirectory(path: string): void {
  attempt('chdir', path, () => process.chdir(path));
}

/** Each of 0, 1, 2 that is given becomes another name of that file. dup2(2). */
export function redirectHere(stdio: HereOptions['stdio']): void {
  for (const [fd, target] of stdio.entries()) {
    if (target === undefined) continue;
    requireFeature('redirect', 'Cannot become a daemon in place');
    const opened = typeof target === 'number' ? target : openStream(target ?? '/dev/null', fd);
    native().redirectFd(opened, fd);
    if (typeof target !== 'number') closeSync(opened);
  }
}

function openStream(path: string, fd: number): number {
  const { O_RDONLY, O_WRONLY, O_APPEND, O_CREAT, O_NOCTTY } = constants;
  const how = fd === 0 ? O_RDONLY : O_WRONLY | O_APPEND | O_CREAT;
  return attempt('open', path, () => openSync(path, how | O_NOCTTY, LOG_MODE));
}

/** Runs one step; its failure says which it was. */
export function attempt<T>(step: string, path: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof Error) || !('code' in cause)) throw cause;
    const { code, errno } = cause as NodeJS.ErrnoException;
    const what = path === undefined ? step : `${step} ${path}`;
    throw new DaemonError('LAUNCH_FAILED', `Cannot become a daemon: ${what}: ${cause.message}`, {
      syscall: step,
      errno: errno === undefined ? undefined : Math.abs(errno),
      errnoName: String(code),
      path,
      cause,
    });
  }
}
