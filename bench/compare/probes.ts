import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { system } from '../../src/os/index.ts';
import {
  ANY_STATUS,
  BENCH,
  C_DAEMON,
  endProcess,
  isRunning,
  newStamp,
  nowMs,
  readStamp,
  runQuietly,
  timeCommand,
} from '../lib/processes.ts';
import type { Tool } from '../lib/tools.ts';
import type { Programs } from './programs.ts';

/** true: it does what the question asks for; null: the tool has no such thing. */
export type Answer = boolean | null;

const DIRTY = join(BENCH, 'build/dirty');
// Far above what any of the tools takes to notice; what has not come by then, does not.
const SETTLE_MS = 700;
const STOP_MS = 20_000;

const SIGTERM_BIT = 1n << 14n;
const SIGUSR1_BIT = 1n << 9n;

/** What /proc says of a daemon that a dirty caller has started. */
export async function lookAtDaemon(tool: Tool): Promise<Record<string, Answer>> {
  const stamp = newStamp();
  const identity = `${stamp}-id`;
  await timeCommand([DIRTY, ...tool.start(identity, stamp)]);
  const { pid } = await readStamp(stamp);
  await sleep(SETTLE_MS);
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const mask = (field: string) =>
    BigInt(`0x${new RegExp(`^${field}:\\s*(\\w+)`, 'm').exec(status)?.[1]}`);
  const fds = readdirSync(`/proc/${pid}/fd`);
  const facts = system().readProcess(pid);
  const answers = {
    'not a session leader': facts?.sid !== pid,
    'unblocks the signals that its caller had blocked': (mask('SigBlk') & SIGTERM_BIT) === 0n,
    'no longer ignores what its caller had ignored': (mask('SigIgn') & SIGUSR1_BIT) === 0n,
    "closes its caller's files": !fds.includes('7') && !fds.includes('200'),
  };
  endProcess(pid);
  await sleep(SETTLE_MS);
  tool.forget?.(identity);
  return answers;
}

/** Whether the command says so when nothing came up. */
export async function failToStart(tool: Tool, programs: Programs): Promise<Record<string, Answer>> {
  const says = async (program: string) => {
    const stamp = newStamp();
    const failed = await timeCommand(tool.start(`${stamp}-id`, stamp, program)).then(
      () => false,
      () => true,
    );
    tool.forget?.(`${stamp}-id`);
    return failed;
  };
  return {
    'start fails for a program that is missing': await says(programs.missing),
    'start fails for a program that ends at once with 7': await says(programs.failing),
  };
}

export async function identity(tool: Tool): Promise<Record<string, Answer>> {
  return {
    'ten starts at once make one daemon': await startTen(tool),
    'kill -9, and the next start simply starts': await startAfterKill(tool),
    'stop spares a stranger whose pid is in the PID file': await spareStranger(tool),
  };
}

async function startTen(tool: Tool): Promise<Answer> {
  const identity = `${newStamp()}-id`;
  const stamps = Array.from({ length: 10 }, newStamp);
  await Promise.all(stamps.map((stamp) => timeCommand(tool.start(identity, stamp), ANY_STATUS)));
  await sleep(2 * SETTLE_MS);
  const begun = stamps.filter((stamp) => existsSync(stamp));
  const pids = await Promise.all(begun.map(async (stamp) => (await readStamp(stamp)).pid));
  const running = pids.filter(isRunning).length;
  if (tool.stop !== undefined) runQuietly(tool.stop(identity));
  for (const pid of pids) endProcess(pid);
  await sleep(SETTLE_MS);
  tool.forget?.(identity);
  return running === 1;
}

async function startAfterKill(tool: Tool): Promise<Answer> {
  const [stamp, again] = [newStamp(), newStamp()];
  const identity = `${stamp}-id`;
  await timeCommand(tool.start(identity, stamp));
  endProcess((await readStamp(stamp)).pid);
  await sleep(SETTLE_MS);
  await timeCommand(tool.start(identity, again), ANY_STATUS);
  await sleep(2 * SETTLE_MS);
  const starts = existsSync(again) || existsSync(stamp); // a supervisor may have been quicker
  if (tool.stop !== undefined) runQuietly(tool.stop(identity));
  for (const left of [again, stamp]) if (existsSync(left)) endProcess((await readStamp(left)).pid);
  tool.forget?.(identity);
  return starts;
}

/** The daemon has died, and its pid was given to a process of the same program. */
async function spareStranger(tool: Tool): Promise<Answer> {
  if (tool.stop === undefined || tool.pidFile === undefined) return null;
  const [stamp, other] = [newStamp(), newStamp()];
  const identity = `${stamp}-id`;
  await timeCommand(tool.start(identity, stamp));
  endProcess((await readStamp(stamp)).pid);
  await timeCommand(['setsid', '-f', C_DAEMON, other]);
  const { pid } = await readStamp(other);
  await sleep(SETTLE_MS);
  writeFileSync(tool.pidFile(identity), `${pid}\n`);
  await timeCommand(tool.stop(identity), ANY_STATUS);
  await sleep(SETTLE_MS);
  const isSpared = isRunning(pid);
  endProcess(pid);
  tool.forget?.(identity);
  return isSpared;
}

export async function stopping(tool: Tool, programs: Programs): Promise<Record<string, Answer>> {
  const { stop } = tool;
  if (stop === undefined) {
    return {
      'stop returns when the daemon is gone': null,
      'stop ends a daemon that ignores SIGTERM': null,
      'stop ends a descendant that left session and parent': null,
    };
  }
  const end = async (program: string, look: (pid: number, stamp: string) => Answer) => {
    const stamp = newStamp();
    const identity = `${stamp}-id`;
    await timeCommand(tool.start(identity, stamp, program));
    const { pid } = await readStamp(stamp);
    await sleep(SETTLE_MS);
    await timeCommand(stop(identity), ANY_STATUS);
    const answer = look(pid, stamp);
    const endMs = nowMs() + STOP_MS;
    while (program === programs.stubborn && isRunning(pid) && nowMs() < endMs) await sleep(100);
    const atLast = program === programs.stubborn ? !isRunning(pid) : answer;
    endProcess(pid);
    await sleep(SETTLE_MS);
    tool.forget?.(identity);
    return atLast;
  };
  const hasEnded = (pid: number) => !isRunning(pid);
  const childHasEnded = (_pid: number, stamp: string) => {
    const child = Number(readFileSync(`${stamp}.child`, 'latin1'));
    const isLeft = isRunning(child);
    endProcess(child);
    return !isLeft;
  };
  return {
    'stop returns when the daemon is gone': await end(programs.slow, hasEnded),
    'stop ends a daemon that ignores SIGTERM': await end(programs.stubborn, hasEnded),
    'stop ends a descendant that left session and parent': await end(
      programs.parent,
      childHasEnded,
    ),
  };
}
