import { DaemonError, isErrno } from '../../errors.ts';
import { native } from '../../os/native.ts';
import type { NativePlan } from '../../os/native-launch.ts';
import { attempt } from './apply-here.ts';

/** chroot(2) and into it: the working directory would stay outside otherwise. */
export function changeRoot(path: string): void {
  attempt('chroot', path, () => {
    native().changeRoot(path);
    process.chdir('/');
  });
}

/**
 * Becomes another user for good: groups before gid before uid, then the proof that the way back to
 * root is closed. The C library does it for all threads of the process. setuid(2), nptl(7).
 */
export function changeIdentity(ids: NativePlan['credentials']): void {
  if (ids === null) return;
  const { uid, gid, groups } = ids;
  if (groups !== null) attempt('setgroups', undefined, () => process.setgroups?.(groups));
  if (gid !== null) attempt('setgid', undefined, () => process.setgid?.(gid));
  if (uid === null) return;
  attempt('setuid', undefined, () => process.setuid?.(uid));
  if (uid !== 0 && canBecomeRoot()) {
    throw new DaemonError(
      'LAUNCH_FAILED',
      'Cannot become a daemon: root could be regained after the user was changed',
      { syscall: 'drop-check', errnoName: 'EPERM' },
    );
  }
}

function canBecomeRoot(): boolean {
  try {
    process.setuid?.(0);
    return true;
  } catch (error) {
    // EINVAL: the user namespace has no root.
    if (isErrno(error, 'EPERM', 'EINVAL')) return false;
    throw error;
  }
}
