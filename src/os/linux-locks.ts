import { readdirSync, readlinkSync } from 'node:fs';
import { isErrno } from '../errors.ts';
import { native } from './native.ts';

/** [] where /proc is not to be seen: in a chroot, or after another user was taken on. proc_pid_fd(5) */
export function ownLocks(): string[] {
  return ownFds().flatMap((fd) => {
    const path = linkOf(fd);
    return path.endsWith('.lock') && native().lockOwner(fd) === process.pid ? [path] : [];
  });
}

function ownFds(): number[] {
  try {
    return readdirSync('/proc/self/fd').map(Number);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'EACCES')) return [];
    throw error;
  }
}

function linkOf(fd: number): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return ''; // the fd of readdir itself
    throw error;
  }
}
