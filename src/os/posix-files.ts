import { closeSync, openSync } from 'node:fs';
import { native } from './native.ts';
import type { FileOwner, System } from './system.ts';

const GROUP_WRITES = 0o020;
const OTHERS_WRITE = 0o002;

export function ownerOf(_path: string, { uid, mode }: { uid: number; mode: number }): FileOwner {
  return {
    isOurs: uid === process.geteuid?.(),
    isRoot: uid === 0,
    name: `uid ${uid}`,
    groupMayWrite: (mode & GROUP_WRITES) !== 0,
    othersMayWrite: (mode & OTHERS_WRITE) !== 0,
  };
}

export const posixFiles = {
  stat: (path) => native().stat(path),
  lstat: (path) => native().lstat(path),
  fstat: (fd) => native().fstat(fd),
  ownerOf,
} satisfies Partial<System>;

const STDERR = 2;

/** dup2(2) */
export function muteStderr(): void {
  const nothing = openSync('/dev/null', 'w');
  native().redirectFd(nothing, STDERR);
  closeSync(nothing);
}
