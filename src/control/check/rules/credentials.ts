import { capabilityNames, REGAINING_CAPABILITIES } from '../capabilities.ts';
import type { CheckFacts, FourIds } from '../facts.ts';
import { type Finding, fail, pass, remark } from '../finding.ts';

const ROOT = 0;

function areEqual([real, effective, saved, fileSystem]: FourIds): boolean {
  return real === effective && effective === saved && saved === fileSystem;
}

/** `rwx`-like in words: "real 0, effective 33, saved 0, file system 33". */
function spell([real, effective, saved, fileSystem]: FourIds): string {
  return `real ${real}, effective ${effective}, saved ${saved}, file system ${fileSystem}`;
}

/** daemon(7), SysV step 13; setresuid(2), credentials(7). */
export function checkUser({ status, user }: CheckFacts): Finding {
  const { uids } = status;
  const [, effective] = uids;
  if (!areEqual(uids)) {
    const canRegain = effective !== ROOT && uids.includes(ROOT);
    return canRegain
      ? fail(
          'user',
          `${spell(uids)}: it can become root again`,
          'daimon start --user USER sets all four',
        )
      : remark(
          'user',
          spell(uids),
          'Unless it changes between them on purpose: daimon start --user USER',
        );
  }
  if (effective !== ROOT)
    return pass('user', user === null ? `uid ${effective}` : `${user.name} (uid ${effective})`);
  return remark(
    'user',
    'root: a fault in it is a fault of the whole machine',
    'If it can do without: daimon start --user USER',
  );
}

/** initgroups(3): dropped privileges leave the caller's groups behind, unless told otherwise. */
export function checkGroups({ status, user, groupNames }: CheckFacts): Finding {
  const { gids, groups, uids } = status;
  const name = (gid: number) => groupNames.get(gid) ?? String(gid);
  const isRoot = uids[1] === ROOT;
  if (!areEqual(gids)) {
    return !isRoot && gids.includes(ROOT)
      ? fail(
          'groups',
          `${spell(gids)}: it can get root's group back`,
          'daimon start --user USER sets all four',
        )
      : remark(
          'groups',
          spell(gids),
          'Unless it changes between them on purpose: daimon start --group GROUP',
        );
  }
  if (!isRoot && [gids[1], ...groups].includes(ROOT)) {
    return fail(
      'groups',
      'it has kept the group of root (gid 0)',
      'daimon start --user USER takes the groups of that user alone',
    );
  }
  const foreign =
    user === null || isRoot
      ? []
      : groups.filter((gid) => !user.groups.includes(gid) && gid !== gids[1]);
  if (foreign.length > 0) {
    return remark(
      'groups',
      `the user database does not give ${user?.name} these: ${foreign.map(name).join(', ')}`,
      'Unless they were meant: daimon start --user USER',
    );
  }
  return pass('groups', [...new Set([gids[1], ...groups])].map(name).join(', '));
}

/** capabilities(7). */
export function checkCapabilities({ status }: CheckFacts): Finding {
  const { permitted, inheritable, ambient, uids, noNewPrivs } = status;
  const locked = noNewPrivs ? '; no_new_privs is set' : '';
  if (uids[1] === ROOT)
    return pass('capabilities', `those of root (${capabilityNames(permitted).length})${locked}`);
  const held = permitted | inheritable | ambient;
  if (held === 0n) return pass('capabilities', `none${locked}`);
  const names = capabilityNames(held).join(', ');
  return (permitted & REGAINING_CAPABILITIES) === 0n
    ? remark('capabilities', names, 'Unless they were meant, start it without them')
    : fail(
        'capabilities',
        `${names}: enough to become root again`,
        'Start it without them: daimon start --user USER, as root, gives them all up',
      );
}
