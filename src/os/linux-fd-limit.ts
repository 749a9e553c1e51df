import { readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { isErrno } from '../errors.ts';
import { readProcess, readProcFile } from './proc.ts';

const RLIMIT_NOFILE = 7;
const INIT_PID = 1;

type Limit = [number, string, string];

/**
 * The soft limit of open files that our caller has, for what we launch: Node raises its own to the hard one
 * when it boots, and every child would inherit that. Programs that use select(2) break above 1024, and
 * some close one by one whatever the limit allows. [] where it cannot be known, or was raised on purpose.
 */
export function callersFdLimit(asked: readonly Limit[]): Limit[] {
  if (asked.some(([resource]) => resource === RLIMIT_NOFILE)) return [];
  const own = readFdLimit(process.pid);
  const soft = own === null || own.soft !== own.hard ? null : softBelow(own.soft, process.ppid);
  return soft === null ? [] : [[RLIMIT_NOFILE, soft, '']];
}

/** The limit of the nearest ancestor with another one, where it was a Node below that who raised it. */
function softBelow(raised: string, parentPid: number): string | null {
  let child = process.pid;
  // Init may have adopted who is below it: its limit is nobody's caller's.
  for (let pid = parentPid; pid > INIT_PID; pid = readProcess(pid)?.parentPid ?? 0) {
    const limit = readFdLimit(pid);
    if (limit === null) return null;
    if (limit.soft !== raised)
      return isLower(limit.soft, raised) && isNode(child) ? limit.soft : null;
    child = pid;
  }
  return null;
}

function isLower(soft: string, raised: string): boolean {
  return soft !== 'unlimited' && (raised === 'unlimited' || BigInt(soft) < BigInt(raised));
}

/** What runs daimon, or a runtime above it: npx is a Node, with a shell between. */
function isNode(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    const program = readlinkSync(`/proc/${pid}/exe`);
    return program === process.execPath || basename(program).startsWith('node');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM')) return false;
    throw error;
  }
}

function readFdLimit(pid: number): { soft: string; hard: string } | null {
  const found = /^Max open files +(\d+|unlimited) +(\d+|unlimited) /m.exec(
    readProcFile(pid, 'limits') ?? '',
  );
  const [, soft, hard] = found ?? [];
  return soft === undefined || hard === undefined ? null : { soft, hard };
}
