import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { C_DAEMON, endProcess, isRunning, newStamp, nowMs, readStamp } from '../lib/processes.ts';
import type { Tool } from '../lib/tools.ts';
import { SETTLE_MS } from './look.ts';
import type { Programs } from './programs.ts';
import type { Observation, Observations } from './question.ts';
import { describeStatus, runCommand } from './run-command.ts';

const STOP_MS = 20_000;
const NO_COMMAND: Observation = { answer: null, seen: 'it has no such command' };

/** The daemon has died, and its pid was given to a process of the same program. */
export async function spareStranger(tool: Tool): Promise<Observations> {
  if (tool.stop === undefined) return { stranger: NO_COMMAND };
  if (tool.pidFile === undefined)
    return { stranger: { answer: null, seen: 'it goes by no PID file' } };
  const [stamp, other] = [newStamp(), newStamp()];
  const identity = `${stamp}-id`;
  await runCommand(tool.start(identity, stamp));
  endProcess((await readStamp(stamp)).pid);
  await runCommand(['setsid', '-f', C_DAEMON, other]);
  const { pid } = await readStamp(other);
  await sleep(SETTLE_MS);
  writeFileSync(tool.pidFile(identity), `${pid}\n`);
  const ran = await runCommand(tool.stop(identity));
  await sleep(SETTLE_MS);
  const isSpared = isRunning(pid);
  endProcess(pid);
  tool.forget?.(identity);
  const seen = `the stranger ${isSpared ? 'lives' : 'is dead'}; ${describeStatus(ran)}`;
  return { stranger: { answer: isSpared, seen } };
}

export async function stopIt(tool: Tool, programs: Programs): Promise<Observations> {
  const { stop } = tool;
  if (stop === undefined)
    return { gone: NO_COMMAND, stubborn: NO_COMMAND, descendants: NO_COMMAND };
  const end = async (program: string, look: Look): Promise<Observation> => {
    const stamp = newStamp();
    const identity = `${stamp}-id`;
    await runCommand(tool.start(identity, stamp, program));
    const { pid } = await readStamp(stamp);
    await sleep(SETTLE_MS);
    const ran = await runCommand(stop(identity));
    const isGone = await look(pid, stamp);
    endProcess(pid);
    await sleep(SETTLE_MS);
    tool.forget?.(identity);
    return { answer: isGone, seen: `${isGone ? 'gone' : 'still there'}; ${describeStatus(ran)}` };
  };
  return {
    gone: await end(programs.slow, async (pid) => !isRunning(pid)),
    stubborn: await end(programs.stubborn, hasEndedAtLast),
    descendants: await end(programs.parent, async (_pid, stamp) => {
      const child = Number(readFileSync(`${stamp}.child`, 'latin1'));
      const isLeft = isRunning(child);
      endProcess(child);
      return !isLeft;
    }),
  };
}

type Look = (pid: number, stamp: string) => Promise<boolean>;

async function hasEndedAtLast(pid: number): Promise<boolean> {
  const endMs = nowMs() + STOP_MS;
  while (isRunning(pid) && nowMs() < endMs) await sleep(100);
  return !isRunning(pid);
}
