import { win32 } from 'node:path';
import { native } from './native.ts';
import { newMark } from './new-mark.ts';
import type { FileOwner, System } from './system.ts';
import { holdFolder, windowsClaims } from './windows-claims.ts';
import { WindowsFamily } from './windows-family.ts';
import { fstat, lstat, stat } from './windows-file-status.ts';
import { muteStderr, nativeFd, takeFile } from './windows-inherited.ts';
import { bearsMark, holdTree, killMarked, markedPids } from './windows-jobs.ts';
import { launch } from './windows-launch.ts';
import { adoptProcess, isAlive, nobody, openProcess, readProcess } from './windows-process.ts';
import { replaceFile } from './windows-replace.ts';
import { hearSignals, heeds, raise } from './windows-signals.ts';
import { writeWhole } from './write-whole.ts';

/** The owner alone is judged: what access lists grant to others is the administrator's to know. */
function ownerOf(path: string): FileOwner {
  const owner = native().fileOwner(win32.toNamespacedPath(path));
  return {
    isOurs: owner?.isOurs ?? true,
    isRoot: owner?.isTrusted ?? false,
    name: owner?.name ?? 'not known',
    groupMayWrite: false,
    othersMayWrite: false,
  };
}

/** cmd.exe's own rule: with an extension it is that file, without one those of PATHEXT, in their order. */
function programNames(name: string): string[] {
  const kinds = (process.env.PATHEXT ?? '.COM;.EXE;.BAT;.CMD').split(';').filter(Boolean);
  return win32.extname(name) === '' ? kinds.map((kind) => name + kind.toLowerCase()) : [name];
}

// With any ending, too. "Naming Files, Paths, and Namespaces"
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;

function nameFault(name: string): string | null {
  if (name.includes(':')) return 'no file on Windows has a ":" in its name';
  return DEVICE.test(name) ? 'on Windows that is a device' : null;
}

const AS_THE_USER =
  'Windows changes users at a logon only. Run daimon as that user (runas, a service)';

export const windows: System = {
  name: 'win32',
  onlyParentsLearnEnds: false,
  hasJobControl: false,
  bringsSignals: false,
  adoptOrphans() {},
  readProcess,
  nobody,
  isAlive,
  openProcess,
  listPids: () => native().listProcesses(),
  launch,
  adoptLaunched: ({ pid, pidfd }) => adoptProcess(pid, pidfd),
  newTreeMark: newMark,
  markedPids,
  killMarked,
  readTreeMark: () => null,
  bearsMark,
  launchedTree: () => null,
  holdTree,
  openFamily: () => new WindowsFamily(),
  guardTree: () => null,
  heeds,
  hearSignals,
  raise,
  takeFile,
  nativeFd,
  muteStderr,
  claims: windowsClaims,
  holdFolder,
  stat,
  writeText: (fd, text) => writeWhole(fd, Buffer.from(text)),
  lstat,
  fstat,
  replaceFile,
  ownerOf,
  homeKind: 'local-app-data',
  nameFault,
  programNames,
  lacks: {
    chroot: 'Windows has no root to change',
    user: AS_THE_USER,
    group: AS_THE_USER,
    limit: 'Windows has no resource limits of this kind',
    'oom-score-adj': 'Windows does not end processes when memory runs out',
    'no-new-privs': 'Windows has no set-user-id programs',
    redirect:
      'the standard streams of a program that runs cannot be changed on Windows. Let it detach, or start it with them',
    'keep-fd': 'Windows knows no file descriptors',
    'ready notify':
      'Windows has no sd_notify(3). Choose auto, exec, loaded, listening, ipc, fd:N, tcp:PORT or http:URL',
  },
  ownLocks: () => null,
  ownArguments: () => [],
  hidesOwners: () => false,
  // Of a new size once it is written to the disk, perhaps when the file is closed. ReadDirectoryChangesW.
  tellsGrowth: false,
  newSocketAddress() {
    throw new Error('Windows has no Unix datagram sockets'); // lacks: 'ready notify'
  },
  lookupUser: () => null,
  lookupGroup: () => null,
};
