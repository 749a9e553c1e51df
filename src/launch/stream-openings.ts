import { dirname } from 'node:path';
import { DaemonError } from '../errors.ts';
import type { Opening } from '../os/native-launch.ts';
import { isSharedFolder, wayFault } from '../record/safe-folder.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';
import { controllerOf, type Ids } from './open-as.ts';

/**
 * How each file of the standard streams is to be opened, where not plainly. Whoever controls its
 * folder could lay a link there to a file of root's (CVE-2016-1247 and its kin): the new user opens
 * it then; a log is refused where there is none. In a folder such as /tmp a log must be ours.
 */
export function streamOpenings(
  { stdin, stdout, stderr }: Pick<DaemonSpec, 'stdin' | 'stdout' | 'stderr'>,
  ids: Ids | null,
): ReadonlyMap<string, Opening> {
  const openings = new Map<string, Opening>();
  if (stdin.kind === 'file' && controllerOf(stdin.path, ids) !== null)
    openings.set(stdin.path, 'as-user');
  const logs = [stdout, stderr].flatMap((target) => (target.kind === 'file' ? [target.path] : []));
  for (const path of new Set(logs)) openings.set(path, openingOfLog(path, ids));
  return openings;
}

function openingOfLog(path: string, ids: Ids | null): Opening {
  const groups = ids?.groups ?? [];
  const fault = process.geteuid?.() === 0 ? wayFault(path, groups) : null;
  if (fault === null) return isSharedFolder(dirname(path), groups) ? 'own' : 'plain';
  if (controllerOf(path, ids) === null) throw unsafeLog(path, fault);
  return 'as-user';
}

function unsafeLog(path: string, fault: string): DaemonError {
  return new DaemonError(
    'UNSAFE_FILE',
    `Refused the log ${path}: ${fault}, and could lay a link there to any file of root's. Choose another with --log, or run it as that user with --user`,
    { path },
  );
}
