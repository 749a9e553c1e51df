import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { system } from '../../src/os/index.ts';
import { BENCH, endProcess, folder, isRunning, newStamp, readStamp } from '../lib/processes.ts';
import type { Tool } from '../lib/tools.ts';
import type { Observation, Observations } from './question.ts';
import { describeStatus, runCommand } from './run-command.ts';

const DIRTY = join(BENCH, 'build/dirty');
const TERMINAL_DIES = ['python3', join(BENCH, 'programs/terminal-dies.py')];
const TERMINALS = 10;
// Far above what any of the tools takes to notice; what has not come by then, does not.
export const SETTLE_MS = 700;

const SIGTERM_BIT = 1n << 14n;
const SIGUSR1_BIT = 1n << 9n;

/** What /proc says of a daemon that a dirty caller has started. */
export async function lookAtDaemon(tool: Tool): Promise<Observations> {
  const stamp = newStamp();
  const identity = `${stamp}-id`;
  await runCommand([DIRTY, ...tool.start(identity, stamp)]);
  const { pid } = await readStamp(stamp);
  await sleep(SETTLE_MS);
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const mask = (field: string) => fieldOf(status, field);
  const sid = system().readProcess(pid)?.sid;
  const leaked = readdirSync(`/proc/${pid}/fd`).filter((fd) => isCallers(pid, fd));
  endProcess(pid);
  await sleep(SETTLE_MS);
  tool.forget?.(identity);
  return {
    leader: { answer: sid !== pid, seen: `pid ${pid}, session ${sid}` },
    blocked: isClear('SigBlk', mask('SigBlk'), SIGTERM_BIT),
    ignored: isClear('SigIgn', mask('SigIgn'), SIGUSR1_BIT),
    files: {
      answer: leaked.length === 0,
      seen: leaked.length === 0 ? 'neither is there' : `open: ${leaked.join(', ')}`,
    },
  };
}

function fieldOf(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? '';
}

function isClear(name: string, mask: string, bit: bigint): Observation {
  return { answer: (BigInt(`0x${mask}`) & bit) === 0n, seen: `${name} ${mask}` };
}

/** Node opens files of its own at such numbers, too. */
function isCallers(pid: number, fd: string): boolean {
  return (fd === '7' || fd === '200') && readlinkSync(`/proc/${pid}/fd/${fd}`) === '/dev/null';
}

export async function loseTerminal(tool: Tool): Promise<Observations> {
  const stamps = Array.from({ length: TERMINALS }, newStamp);
  for (const stamp of stamps) {
    const ran = await runCommand([...TERMINAL_DIES, ...tool.start(`${stamp}-id`, stamp)]);
    if (ran.status !== 0) throw new Error(`a start on a terminal: ${describeStatus(ran)}`);
  }
  await sleep(2 * SETTLE_MS);
  const pids = await Promise.all(
    stamps.map((stamp) =>
      readStamp(stamp, SETTLE_MS).then(
        ({ pid }) => pid,
        () => null,
      ),
    ),
  );
  const left = pids.filter((pid): pid is number => pid !== null && isRunning(pid));
  for (const pid of left) endProcess(pid);
  await sleep(SETTLE_MS);
  for (const stamp of stamps) tool.forget?.(`${stamp}-id`);
  return {
    terminal: { answer: left.length === TERMINALS, seen: `${left.length} of ${TERMINALS} lived` },
  };
}

/** For the user nobody, by a root with groups of its own. */
export async function dropRights(tool: Tool): Promise<Observations> {
  const user = system().lookupUser('nobody');
  if (tool.startAs === undefined || user === null || process.getuid?.() !== 0) {
    const seen =
      tool.startAs === undefined ? 'no such option' : 'not tried: needs root and "nobody"';
    return { groups: { answer: null, seen } };
  }
  const open = join(folder, 'open');
  chmodSync(folder, 0o755);
  mkdirSync(open, { recursive: true });
  chmodSync(open, 0o1777);
  const program = join(open, basename(tool.daemon));
  copyFileSync(tool.daemon, program);
  const stamp = join(open, basename(newStamp()));
  const identity = `${stamp}-id`;
  const ran = await runCommand([
    'setpriv',
    '--groups',
    '0,4',
    ...tool.startAs(identity, stamp, program),
  ]);
  const pid = await readStamp(stamp).then(
    (read) => read.pid,
    () => null,
  );
  if (pid === null)
    return { groups: { answer: false, seen: `it did not come up; ${describeStatus(ran)}` } };
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const [uids, gids, groups] = ['Uid', 'Gid', 'Groups'].map((name) =>
    fieldOf(status, name).split(/\s+/),
  );
  endProcess(pid);
  await sleep(SETTLE_MS);
  tool.forget?.(identity);
  const isAll = (ids: readonly string[] | undefined, id: number) =>
    ids?.every((one) => Number(one) === id) === true;
  const answer = isAll(uids, user.uid) && isAll(gids, user.gid) && isAll(groups, user.gid);
  return {
    groups: {
      answer,
      seen: `Uid ${uids?.[1]}, Gid ${gids?.[1]}, Groups ${groups?.join(' ') || 'none'}`,
    },
  };
}
