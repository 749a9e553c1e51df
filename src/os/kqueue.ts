import { native } from './native.ts';
import { randomName } from './random-name.ts';
import type { System } from './system.ts';
import { unix } from './unix.ts';

/** What macOS and FreeBSD do alike. */
export const kqueueSystem = {
  ...unix,
  listPids: () => native().listPids(),
  /** Whoever may signal a process is told how it ended. kqueue(2), NOTE_EXITSTATUS. */
  onlyParentsLearnEnds: false,
  guardTree: () => null,
  heeds: () => null,
  get homeKind() {
    return process.geteuid?.() === 0 ? ('bsd-root' as const) : ('xdg' as const);
  },
  ownLocks: () =>
    native()
      .ownOpenPaths()
      .filter((path) => path.endsWith('.lock')),
  ownArguments: () => [],
  hidesOwners: () => false,
  tellsGrowth: false,
  newSocketAddress: () => `/tmp/daimon-${randomName()}`,
} satisfies Partial<System>;

export const NO_OOM_SCORE = 'is of Linux: no other system has such a score';
