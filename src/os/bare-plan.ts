import type { NativePlan } from './native-launch.ts';

export const NOTHING = { path: '/dev/null', mode: 'read' } as const;

/** Of a small helper of ours: detached, unclaimed, with nothing of this process but what is said beside it. */
export const BARE_PLAN: Omit<NativePlan, 'file' | 'argv'> = {
  detach: true,
  ownGroup: false,
  dieWithParent: false,
  terminal: null,
  environment: [],
  identity: null,
  chroot: null,
  cwd: '/',
  umask: 0o077,
  limits: [],
  nice: null,
  oomScoreAdj: null,
  credentials: null,
  noNewPrivs: false,
  stdio: [NOTHING, NOTHING, NOTHING],
  fds: [],
};
