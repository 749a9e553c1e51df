import { dirname } from 'node:path';
import { DaemonError } from '../errors.ts';
import type { NativePlan } from '../os/native-launch.ts';
import { folderFault } from '../record/safe-folder.ts';
import type { LogMark } from './log-tail.ts';

/**
 * Logs that root must not open itself: whoever controls the folder could lay a link there to a file
 * of root's (CVE-2016-1247 and its kin). The new user opens them; without one they are refused.
 */
export function logsForUser(
  logs: readonly LogMark[],
  ids: NativePlan['credentials'],
): ReadonlySet<string> {
  const left = new Set<string>();
  if (process.geteuid?.() !== 0) return left;
  for (const { path } of logs) {
    const fault = folderFault(dirname(path));
    if (fault === null) continue;
    if (ids?.uid == null || ids.uid === 0) throw unsafeLog(path, fault);
    left.add(path);
  }
  return left;
}

function unsafeLog(path: string, fault: string): DaemonError {
  return new DaemonError(
    'UNSAFE_FILE',
    `Refused the log ${path}: ${fault}, and could lay a link there to any file of root's. Choose another with --log, or run it as that user with --user`,
    { path },
  );
}
