import type { CheckFacts } from '../facts.ts';
import { denied, type Finding, fail, pass, remark } from '../finding.ts';

/** daemon(7), SysV step 11. */
export function checkCwd({ cwd }: CheckFacts): Finding {
  if (cwd.kind === 'denied') return denied('cwd');
  const { path, isDeleted, mountPoint } = cwd.value;
  if (isDeleted) {
    return fail(
      'cwd',
      `${path} was deleted: relative paths and programs it starts fail`,
      'Restart it from a folder that stays: daimon start --cwd DIR',
    );
  }
  if (mountPoint === null || mountPoint === '/' || path === '/') return pass('cwd', path);
  return remark(
    'cwd',
    `${path} keeps the file system at ${mountPoint} busy: it cannot be unmounted`,
    'Unless it needs to be there: daimon start --cwd /',
  );
}

const CAP_SYS_CHROOT = 1n << 18n;

/** chroot(2): who may call it can leave it. */
export function checkRoot({ root, status }: CheckFacts): Finding {
  if (root.kind === 'denied') return denied('root');
  if (root.value === '/') return pass('root', '/');
  if ((status.permitted & CAP_SYS_CHROOT) === 0n) return pass('root', `${root.value}, for good`);
  return remark(
    'root',
    `${root.value}, but it has the privilege to leave it`,
    'Give the privileges up: daimon start --chroot DIR --user USER',
  );
}

const OWNER_BITS = 0o700;
const OTHERS_WRITE = 0o002;

/** daemon(7), SysV step 10: known and chosen, not whatever the caller had. */
export function checkUmask({ status: { umask } }: CheckFacts): Finding {
  if (umask === null) return denied('umask');
  const text = umask.toString(8).padStart(3, '0');
  if ((umask & OWNER_BITS) !== 0) {
    return fail(
      'umask',
      `${text}: it cannot use the files it makes itself`,
      'daimon start --umask 022',
    );
  }
  if ((umask & OTHERS_WRITE) !== 0) return pass('umask', text);
  return remark(
    'umask',
    `${text}: everybody may write to the files it makes, unless it names their modes`,
    'daimon start --umask 022, or 027',
  );
}
