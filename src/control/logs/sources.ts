import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DaemonError, isErrno } from '../../errors.ts';
import { type FoundDaemon, findDaemon } from '../../record/find.ts';
import type { DaemonSpec } from '../../spec/daemon-spec.ts';
import type { Places } from '../../spec/places.ts';
import { LogFile } from './log-file.ts';

/** One file that holds words of a daemon. */
export interface LogSource {
  readonly daemon: string;
  readonly stream: 'stdout' | 'stderr' | 'both';
  readonly path: string;
}

/** A daemon, known or stopped, and where its words are. */
export interface LoggedDaemon {
  readonly name: string;
  /** null: stopped, so that only its default log is known. */
  readonly found: FoundDaemon | null;
  readonly sources: readonly LogSource[];
}

/**
 * Finds the logs of a daemon by name or PID file. A stopped daemon has no record any more:
 * then its default log answers, if it is still there.
 * @throws DaemonError NOT_FOUND, when no daemon and no log go by the name, or it writes to no file.
 */
export function findLogs(places: Places, target: string): LoggedDaemon {
  const found = findDaemon(places, target);
  const spec = found?.record?.spec;
  if (found !== null && spec !== undefined) {
    const sources = sourcesOf(spec);
    if (sources.length > 0) return { name: found.name, found, sources };
    throw new DaemonError(
      'NOT_FOUND',
      `"${found.name}" writes to no file (stdout: ${spec.stdout.kind}, stderr: ${spec.stderr.kind}). Give it one with: daimon start --log FILE`,
    );
  }
  const names = [basename(target, '.pid'), basename(target).replace(/\.[^.]+$/, '')];
  for (const name of found === null ? names : [found.name, ...names]) {
    const path = join(places.logs, `${name}.log`);
    if (!hasFile(path)) continue;
    return { name, found, sources: [{ daemon: name, stream: 'both', path }] };
  }
  throw new DaemonError(
    'NOT_FOUND',
    `No daemon goes by "${target}", and there is no ${join(places.logs, `${names[0]}.log`)}. See what runs with: daimon list`,
  );
}

/** The daemons, running or not, that have a default log. */
export function listLogNames({ logs }: Places): string[] {
  try {
    return readdirSync(logs).flatMap((file) =>
      file.endsWith('.log') ? basename(file, '.log') : [],
    );
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

function hasFile(path: string): boolean {
  const file = LogFile.open(path);
  file?.close();
  return file !== null;
}

function sourcesOf({ name, stdout, stderr }: DaemonSpec): LogSource[] {
  if (stdout.kind === 'file' && stderr.kind === 'file' && stdout.path === stderr.path)
    return [{ daemon: name, stream: 'both', path: stdout.path }];
  return (['stdout', 'stderr'] as const).flatMap((stream) => {
    const target = stream === 'stdout' ? stdout : stderr;
    return target.kind === 'file' ? [{ daemon: name, stream, path: target.path }] : [];
  });
}
