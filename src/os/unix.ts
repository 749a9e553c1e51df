import { isNativeLoaded, native } from './native.ts';
import { posixClaims } from './posix-claims.ts';
import { muteStderr, posixFiles } from './posix-files.ts';
import { holdFolder } from './posix-folder.ts';
import { takeFile } from './posix-inherited.ts';
import type { System } from './system.ts';
import { writeWhole } from './write-whole.ts';

/** By the addon, once there is one: the first call of Node's writeSync() takes 0.25 ms. */
function writeText(fd: number, text: string): void {
  if (isNativeLoaded() && !text.includes('\0')) native().writeFd(fd, text);
  else writeWhole(fd, Buffer.from(text));
}

/** What Linux, macOS and FreeBSD do alike. */
export const unix = {
  adoptOrphans: () => native().setSubreaper(true),
  hasJobControl: true,
  bringsSignals: true,
  hearSignals() {},
  raise: (signalNumber) => void process.kill(process.pid, signalNumber),
  holdTree: () => null,
  takeFile,
  nativeFd: (fd) => fd,
  muteStderr,
  claims: posixClaims,
  holdFolder,
  ...posixFiles,
  replaceFile: (path, text, mode) => native().replaceFile(path, text, mode),
  writeText,
  nameFault: () => null,
  programNames: (name) => [name],
  lookupUser: (nameOrUid) => native().lookupUser(nameOrUid),
  lookupGroup: (nameOrGid) => native().lookupGroup(nameOrGid),
} satisfies Partial<System>;

/** What is kept stays at its number. */
export function fdsOf(
  keptFds: readonly number[],
  others: readonly [number, number][],
): [number, number][] {
  return [...keptFds.map((fd): [number, number] => [fd, fd]), ...others];
}
