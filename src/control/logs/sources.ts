import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DaemonError, isErrno } from '../../errors.ts';
import { type FoundDaemon, findDaemon } from '../../record/find.ts';
import { type LogPaths, readFormerLogs } from '../../record/former-logs.ts';
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
  /** null: stopped. */
  readonly found: FoundDaemon | null;
  readonly sources: readonly LogSource[];
}

/**
 * Finds the logs of a daemon by name or PID file. A stopped daemon has no record any more: then those
 * answer that were kept in mind, or its default log, if it is still there.
 * @throws DaemonError NOT_FOUND, when no daemon and no log go by the name, or it writes to no file.
 */
export function findLogs(places: Places, target: string): LoggedDaemon {
  const found = findDaemon(places, target);
  const spec = found?.record?.spec;
  if (found !== null && spec !== undefined) {
    const sources = sourcesOf(found.name, {
      stdout: spec.stdout.kind === 'file' ? spec.stdout.path : null,
      stderr: spec.stderr.kind === 'file' ? spec.stderr.path : null,
    });
    if (sources.length > 0) return { name: found.name, found, sources };
    throw new DaemonError(
      'NOT_FOUND',
      `"${found.name}" writes to no file (stdout: ${spec.stdout.kind}, stderr: ${spec.stderr.kind}). Give it one with: daimon start --log FILE`,
    );
  }
  const names = [basename(target, '.pid'), basename(target).replace(/\.[^.]+$/, '')];
  for (const name of found === null ? names : [found.name, ...names]) {
    const former = readFormerLogs(places.state, name);
    if (former !== null) return { name, found, sources: sourcesOf(name, former) };
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

function sourcesOf(daemon: string, { stdout, stderr }: LogPaths): LogSource[] {
  if (stdout !== null && stdout === stderr) return [{ daemon, stream: 'both', path: stdout }];
  return [
    ...(stdout === null ? [] : [{ daemon, stream: 'stdout', path: stdout } as const]),
    ...(stderr === null ? [] : [{ daemon, stream: 'stderr', path: stderr } as const]),
  ];
}
