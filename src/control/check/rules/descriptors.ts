import type { CheckFacts, FdFacts } from '../facts.ts';
import { denied, type Finding, fail, pass, remark } from '../finding.ts';
import { heldBy } from './streams.ts';

const LAST_STANDARD_FD = 2;
const SHOWN = 8;

/**
 * daemon(7), SysV step 1: nothing but stdio is inherited. A descriptor without FD_CLOEXEC came
 * through execve(2) or was opened carelessly; one that somebody else holds too was inherited.
 */
export function checkDescriptors({ fds, expected, pidFile }: CheckFacts): Finding {
  if (fds.kind === 'denied') return denied('fds');
  const others = fds.value.filter(({ fd, target }) => {
    const isOurs = target === pidFile?.lockFile || expected?.keepFds.includes(fd);
    return fd > LAST_STANDARD_FD && !isOurs;
  });
  const leaks = others.filter(isLeak);
  const careless = others.filter((fd) => !fd.closesOnExec && !isLeak(fd));
  const said = [
    ...describe('inherited from whoever started it', leaks),
    ...describe('inherited, or open for every program it runs (no FD_CLOEXEC)', careless),
  ].join('; ');
  const remedy =
    'daimon start closes what is inherited, but for --keep-fd; a program opens its own with O_CLOEXEC';
  if (leaks.length > 0) return fail('fds', said, remedy);
  if (careless.length > 0) return remark('fds', said, remedy);
  const kept = fds.value.length - others.length;
  return pass('fds', `${others.length} of its own, ${kept} standard or kept, none inherited`);
}

function isLeak({ closesOnExec, kind, sharedWith }: FdFacts): boolean {
  return !closesOnExec && (kind === 'terminal' || sharedWith.length > 0);
}

function describe(what: string, fds: readonly FdFacts[]): string[] {
  if (fds.length === 0) return [];
  const shown = fds.slice(0, SHOWN).map((fd) => `${fd.fd} → ${fd.target}${heldBy(fd.sharedWith)}`);
  if (fds.length > SHOWN) shown.push(`and ${fds.length - SHOWN} more`);
  return [`${what}: ${shown.join(', ')}`];
}
