import { isAbsolute, resolve } from 'node:path';
import { DaemonError } from '../../errors.ts';
import { PidFile } from '../../record/pid-file.ts';
import { checkOptions } from '../../spec/check-options.ts';
import { parseUmask } from '../../spec/resolve-spec.ts';
import { resolveCredentials } from '../credentials.ts';
import { requireFeature } from '../supported.ts';
import { checkStream, checkTimeout, type StreamTarget } from './daemonize-options.ts';
import { type FdSource, keptFdsOf } from './fd-source.ts';
import { resolveSignalMap, type SignalMap } from './signal-map.ts';

/**
 * Options of {@link DaemonContext}: those of PEP 3143 and python-daemon, with their defaults. Each is
 * a property of the context too, and may be changed until it is opened.
 */
export interface DaemonContextOptions {
  /** Open files that stay open in the daemon, at the same number. All others are closed. Default: none. */
  filesPreserve?: readonly FdSource[] | null | undefined;
  /** The daemon's root directory; absolute. Default: null, the root there is. */
  chrootDirectory?: string | null | undefined;
  /** Within the new root, where there is one. Default: `/`. */
  workingDirectory?: string | undefined;
  /** A number, or octal digits as text: `0o022`, `"022"` and `"0o22"` are the same. Default: 0. */
  umask?: number | string | undefined;
  /** User, by number or name. Default: the one there is. */
  uid?: number | string | null | undefined;
  /** Group, by number or name. Default: the primary group of `uid`, or the one there is. */
  gid?: number | string | null | undefined;
  /**
   * True: the supplementary groups of the user. False: none but `gid`; those of the caller are never
   * kept by a changed user. Default: false.
   */
  initgroups?: boolean | undefined;
  /** No core files. Default: true. */
  preventCore?: boolean | undefined;
  /** null: not where a service manager or a container has started this process. Default: null. */
  detachProcess?: boolean | null | undefined;
  /** A path, or a {@link PidFile} with the time that it may wait. Default: null. */
  pidfile?: string | PidFile | null | undefined;
  /** A path, an open file of any form, or null for /dev/null. Default: null. */
  stdin?: StreamTarget | undefined;
  stdout?: StreamTarget | undefined;
  stderr?: StreamTarget | undefined;
  /** In the place of the default map, not in addition to it. Default: SIGTERM ends the daemon; SIGTTIN, SIGTTOU and SIGTSTP are ignored. */
  signalMap?: SignalMap | null | undefined;
  /** As for {@link daemonize}. Default: `auto`. */
  ready?: 'auto' | 'notify' | undefined;
  /** How long the daemon may take to be ready, in milliseconds. Default: 30,000. */
  readyTimeoutMs?: number | undefined;
}

const KNOWN = {
  filesPreserve: 'any',
  chrootDirectory: 'any',
  workingDirectory: 'string',
  umask: ['number', 'string'],
  uid: 'any',
  gid: 'any',
  initgroups: 'boolean',
  preventCore: 'boolean',
  detachProcess: 'any',
  pidfile: 'any',
  stdin: 'any',
  stdout: 'any',
  stderr: 'any',
  signalMap: 'any',
  ready: 'string',
  readyTimeoutMs: 'number',
} as const;

export function checkContextOptions(options: unknown): void {
  checkOptions(options, KNOWN, 'DaemonContext');
}

function invalid(message: string): DaemonError {
  return new DaemonError('INVALID_ARGUMENT', message);
}

/** Everything the context says, checked, and looked up on this machine. */
export function resolveContext(options: DaemonContextOptions, owner: object) {
  const { ready = 'auto', detachProcess = null } = options;
  if (ready !== 'auto' && ready !== 'notify')
    throw invalid(`ready must be "auto" or "notify", not ${JSON.stringify(ready)}`);
  if (detachProcess !== null && typeof detachProcess !== 'boolean')
    throw invalid('detachProcess must be true, false or null (decided by who started the process)');
  const chroot = pathOrNull(options.chrootDirectory, 'chrootDirectory');
  if (chroot !== null) requireFeature('chroot', 'DaemonContext: chrootDirectory');
  refuseRelativePaths(chroot, options);
  return {
    chroot,
    cwd: options.workingDirectory ?? '/',
    umask: parseUmask(options.umask ?? 0),
    ...resolveCredentials({
      user: idOrNull(options.uid, 'uid'),
      group: idOrNull(options.gid, 'gid'),
      initGroups: options.initgroups ?? false,
    }),
    preventCore: options.preventCore ?? true,
    detach: detachProcess,
    pidFile: pidFileOf(options.pidfile),
    stdio: [
      checkStream(options.stdin, 'stdin'),
      checkStream(options.stdout, 'stdout'),
      checkStream(options.stderr, 'stderr'),
    ] as const,
    signals: resolveSignalMap(options.signalMap ?? {}, owner),
    ready,
    readyTimeoutMs: checkTimeout(options.readyTimeoutMs),
  };
}

export type ResolvedContext = ReturnType<typeof resolveContext>;

export function preservedFds(options: DaemonContextOptions): number[] {
  return keptFdsOf(options.filesPreserve ?? [], 'filesPreserve');
}

function pathOrNull(value: unknown, option: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value;
  throw invalid(`${option} must be a path, not ${JSON.stringify(value)}`);
}

/** Whether a relative path is one inside or outside the new root cannot be told. */
function refuseRelativePaths(chroot: string | null, options: DaemonContextOptions): void {
  if (chroot === null) return;
  const { workingDirectory, pidfile, stdin, stdout, stderr } = options;
  const paths = { chrootDirectory: chroot, workingDirectory, pidfile, stdin, stdout, stderr };
  for (const [option, path] of Object.entries(paths)) {
    if (typeof path !== 'string' || isAbsolute(path)) continue;
    throw invalid(
      `With chrootDirectory all paths must be absolute; ${option} is ${JSON.stringify(path)}`,
    );
  }
}

function idOrNull(value: unknown, option: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return String(value);
  throw invalid(`${option} must be a number or a name, not ${JSON.stringify(value)}`);
}

function pidFileOf(value: unknown): PidFile | null {
  if (value === undefined || value === null) return null;
  if (value instanceof PidFile) return value;
  if (typeof value === 'string' && value !== '') return new PidFile(resolve(value));
  throw invalid('pidfile must be a path, a PidFile or null');
}
