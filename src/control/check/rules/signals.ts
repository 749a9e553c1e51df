import { signalName, signalNumbers } from '../../../os/signals.ts';
import type { CheckFacts } from '../facts.ts';
import { type Finding, fail, pass, remark } from '../finding.ts';

const [SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGXFSZ] = [1, 2, 3, 13, 15, 25];
// What asks a daemon to stop or to reload: blocked, it never hears it.
const REQUESTS = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];
// Runtimes ignore them on purpose, so that write(2) returns an error: Node, Python, Go, Java.
const USUALLY_IGNORED = [SIGPIPE, SIGXFSZ];

function members(mask: bigint): number[] {
  return signalNumbers().filter((number) => (mask & (1n << BigInt(number - 1))) !== 0n);
}

function names(numbers: readonly number[]): string {
  return numbers.map((number) => signalName(number)).join(', ');
}

/** daemon(7), SysV step 3: the mask is handed down by fork(2) and execve(2). */
export function checkBlocked({ status, signalFdMask }: CheckFacts): Finding {
  const blocked = members(status.blocked & ~signalFdMask);
  const onPurpose = members(status.blocked & signalFdMask);
  if (blocked.length === 0) {
    const read = onPurpose.length === 0 ? '' : `; read from a signalfd: ${names(onPurpose)}`;
    return pass('signals-blocked', `none${read}`);
  }
  const remedy =
    'Unblock them before the start (daimon start does), unless it waits for them by sigwait(3)';
  const text = `${names(blocked)}: never delivered while blocked`;
  return blocked.some((number) => REQUESTS.includes(number))
    ? fail('signals-blocked', text, remedy)
    : remark('signals-blocked', text, remedy);
}

/** daemon(7), SysV step 2: a signal that is ignored stays ignored through execve(2). */
export function checkIgnored({ status }: CheckFacts): Finding {
  const ignored = members(status.ignored);
  const odd = ignored.filter((number) => !USUALLY_IGNORED.includes(number));
  const usual = ignored.length === 0 ? 'none' : `${names(ignored)}, as runtimes do`;
  if (odd.length === 0) return pass('signals-ignored', usual);
  const remedy = 'Unless the program ignores them itself: daimon start resets them';
  if (odd.includes(SIGTERM))
    return fail('signals-ignored', `${names(odd)}: it cannot be asked to stop`, remedy);
  const why = [
    ...(odd.includes(SIGHUP) ? ['as nohup does for SIGHUP: it cannot be asked to reload'] : []),
    ...(odd.includes(SIGINT) && odd.includes(SIGQUIT) ? ['as a shell does for "command &"'] : []),
  ];
  return remark('signals-ignored', [names(odd), ...why].join('; '), remedy);
}
