import { DaemonError } from '../errors.ts';
import { system } from '../os/index.ts';
import type { NativePlan } from '../os/native-launch.ts';
import type { User } from '../os/system.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';
import { requireFeature } from './supported.ts';

// (uid_t)-1 means "leave it" to setresuid(2): asked for by name or number it would silently keep root.
const MAX_ID = 0xff_ff_ff_fe;

export interface Credentials {
  readonly user: User | null;
  readonly ids: NativePlan['credentials'];
}

/** Looks up whom the daemon is to become: the user's primary and supplementary groups, unless told otherwise. */
export function resolveCredentials(
  spec: Pick<DaemonSpec, 'user' | 'group' | 'initGroups'>,
): Credentials {
  if (spec.user === null && spec.group === null) return { user: null, ids: null };
  requireFeature('user', 'Cannot become another user');
  const wanted = spec.user === null ? null : requireUser(spec.user);
  const gid = spec.group === null ? wanted?.user?.gid : requireGid(spec.group);
  if (gid === undefined) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `uid ${spec.user} is not in the user database, so its group is not known; add --group, or the daemon would keep ours`,
    );
  }
  const user = wanted?.user ?? null;
  const uid = wanted?.uid ?? null;
  if (isAlready(uid, gid)) return { user, ids: null };
  // initgroups(3): the user's groups, with the primary one in front.
  const others = spec.initGroups ? (user?.groups ?? []) : [];
  const groups = [gid, ...others.filter((other) => other !== gid && other !== user?.gid)];
  return { user, ids: { uid, gid, groups } };
}

/** Asked for what an unprivileged caller is already, it has nothing to change, and may not. */
function isAlready(uid: number | null, gid: number): boolean {
  return (
    process.getuid?.() !== 0 &&
    process.getgid?.() === gid &&
    (uid ?? process.getuid?.()) === process.getuid?.()
  );
}

/** A number needs no entry in the user database: containers run such users. */
function requireUser(nameOrUid: string): { uid: number; user: User | null } {
  const uid = parseId(nameOrUid, '--user');
  const user = system().lookupUser(uid ?? nameOrUid);
  if (user !== null) return { uid: user.uid, user };
  if (uid !== null) return { uid, user: null };
  throw new DaemonError(
    'NOT_FOUND',
    `There is no user "${nameOrUid}" on this system; list them with: getent passwd`,
  );
}

function requireGid(nameOrGid: string): number {
  const gid = parseId(nameOrGid, '--group');
  const known = system().lookupGroup(gid ?? nameOrGid);
  if (known !== null) return known.gid;
  if (gid !== null) return gid;
  throw new DaemonError(
    'NOT_FOUND',
    `There is no group "${nameOrGid}" on this system; list them with: getent group`,
  );
}

function parseId(text: string, option: string): number | null {
  if (!/^\d+$/.test(text)) return null;
  const id = Number(text);
  if (id > MAX_ID) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `${option} ${text} is out of range: ids go from 0 to ${MAX_ID}`,
    );
  }
  return id;
}
