import { unlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describeLeftovers, removeRemains } from '../../control/stop.ts';
import { DaemonError, isErrno } from '../../errors.ts';
import { resolveCredentials } from '../../launch/credentials.ts';
import { type FoundDaemon, findDaemon } from '../../record/find.ts';
import { forgetLogs } from '../../record/former-logs.ts';
import { folderFault } from '../../record/safe-folder.ts';
import type { Places } from '../../spec/places.ts';
import type { Session } from '../command.ts';
import { isSet } from '../spec-options.ts';
import { findTarget, forEach, targetsOf } from '../targets.ts';
import { stopWithProgress } from './stop.ts';

export async function run(session: Session): Promise<number> {
  const { args, places } = session;
  const names = [...new Set([...args.positionals, ...args.rest])];
  const stopped = isSet(args, 'all') ? [] : names.filter((name) => isForgotten(places, name));
  for (const name of stopped) {
    session.print(`Deleted ${name}.`);
    if (isSet(args, 'logs'))
      session.remark(`daimon: ${name} was stopped before, so its logs are left`);
  }
  const targets =
    stopped.length === 0
      ? targetsOf(session, 'delete')
      : names.filter((name) => !stopped.includes(name)).map((name) => findTarget(session, name));
  return await forEach(session, targets, async (found) => {
    const left = found.ref === null ? describeLeftovers(found) : null;
    if (found.ref !== null || left !== null) {
      if (!isSet(session.args, 'force')) throw stillRuns(found, left);
      await stopWithProgress(session, found);
    } else if (!(await removeRemains(session.places, found))) throw startsAgain(found);
    forgetLogs(session.places.state, found.name);
    if (isSet(session.args, 'logs')) removeLogs(found);
    session.print(`Deleted ${found.name}.`);
  });
}

/** True for a daemon that was stopped, when it was forgotten where it wrote: nothing else was left. */
function isForgotten(places: Places, name: string): boolean {
  const isName = basename(name) === name && findDaemon(places, name) === null;
  return isName && forgetLogs(places.state, name);
}

function stillRuns({ name, ref }: FoundDaemon, left: string | null): DaemonError {
  const what = ref === null ? `it is dead, but has left ${left}` : `it is running (pid ${ref.pid})`;
  return new DaemonError(
    'ALREADY_RUNNING',
    `Cannot delete "${name}": ${what}. Stop it first with: daimon stop ${name}; or use --force`,
  );
}

function startsAgain({ name }: FoundDaemon): DaemonError {
  return new DaemonError('BUSY', `Cannot delete "${name}": it is being started just now`);
}

function removeLogs(found: FoundDaemon): void {
  const { record } = found;
  for (const target of [record?.spec.stdout, record?.spec.stderr]) {
    if (target?.kind !== 'file') continue;
    refuseForeign(found, target.path);
    try {
      unlinkSync(target.path);
    } catch (error) {
      if (!isErrno(error, 'ENOENT')) throw error;
    }
  }
}

/** Root must not remove by a path on which others could lay a link. */
function refuseForeign({ name, record }: FoundDaemon, path: string): void {
  if (process.geteuid?.() !== 0 || record === null) return;
  const fault = folderFault(dirname(path), resolveCredentials(record.spec).ids?.groups ?? []);
  if (fault === null) return;
  throw new DaemonError(
    'UNSAFE_FILE',
    `Deleted "${name}", but not its log ${path}: ${fault}, and could lay a link there to another file. Remove it as that user`,
    { path },
  );
}
