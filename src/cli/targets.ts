import { DaemonError } from '../errors.ts';
import { type FoundDaemon, findDaemon, listDaemons } from '../record/find.ts';
import { listRecordNames } from '../record/record.ts';
import { nearestWord } from '../suggest.ts';
import type { Session } from './command.ts';
import { isSet } from './spec-options.ts';

/** One of those a command is for, or why there is none of that name. */
export type Target = FoundDaemon | DaemonError;

/** The daemons a command is for: those named, or all with `--all`. */
export function targetsOf(session: Session, commandName: string): Target[] {
  const names = [...new Set([...session.args.positionals, ...session.args.rest])];
  if (isSet(session.args, 'all')) {
    if (names.length > 0)
      throw new DaemonError('INVALID_ARGUMENT', '--all and names do not go together');
    return listDaemons(session.places);
  }
  if (names.length === 0) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `daimon ${commandName} needs the name of a daemon; see: daimon list`,
    );
  }
  return names.map((name) => findTarget(session, name));
}

/** The daemon of that name, or an error that names the nearest. */
export function findTarget({ places }: Session, name: string): Target {
  const found = findDaemon(places, name);
  if (found !== null) return found;
  const near = nearestWord(name, listRecordNames(places.state));
  const hint = near === null ? 'See what runs with: daimon list' : `Did you mean "${near}"?`;
  return new DaemonError(
    'NOT_RUNNING',
    `"${name}" is not running: no daemon of that name is known. ${hint}`,
  );
}

/** Does the same for each daemon; one that fails, or is not there, does not keep the others from it. */
export async function forEach(
  session: Session,
  targets: readonly Target[],
  work: (found: FoundDaemon) => Promise<void>,
): Promise<number> {
  let firstFailure: unknown;
  for (const target of targets) {
    try {
      if (target instanceof DaemonError) throw target;
      await work(target);
    } catch (error) {
      if (!(error instanceof DaemonError)) throw error;
      if (targets.length === 1) throw error;
      firstFailure ??= error;
      session.remark(`daimon: ${error.message}`);
    }
  }
  return firstFailure === undefined ? 0 : 1;
}
