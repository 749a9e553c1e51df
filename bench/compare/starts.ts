import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { endProcess, isRunning, newStamp, readStamp, runQuietly } from '../lib/processes.ts';
import type { Tool } from '../lib/tools.ts';
import { SETTLE_MS } from './look.ts';
import type { Programs } from './programs.ts';
import type { Observation, Observations } from './question.ts';
import { describeStatus, type RanCommand, runCommand } from './run-command.ts';

const LAST_WORDS = 'last words';

/** Whether the command says so when nothing came up. */
export async function failToStart(tool: Tool, programs: Programs): Promise<Observations> {
  const start = async (program: string): Promise<RanCommand> => {
    const stamp = newStamp();
    const ran = await runCommand(tool.start(`${stamp}-id`, stamp, program));
    tool.forget?.(`${stamp}-id`);
    return ran;
  };
  const fails = (ran: RanCommand) => ({ answer: ran.status !== 0, seen: describeStatus(ran) });
  const [missing, ended] = [await start(programs.missing), await start(programs.failing)];
  const says = ended.output.includes(LAST_WORDS);
  return {
    missing: fails(missing),
    ended: fails(ended),
    words: { answer: says, seen: says ? 'they are shown' : 'they are not shown' },
  };
}

export async function becomeReady(tool: Tool, programs: Programs): Promise<Observations> {
  const stamp = newStamp();
  const identity = `${stamp}-id`;
  const command = (tool.startReady ?? tool.start)(identity, stamp, programs.late);
  const ran = await runCommand(command);
  const { pid, readyMs } = await readStamp(stamp);
  await end(tool, identity, [pid]);
  const lateMs = Math.round(ran.returnedMs - readyMs);
  return {
    ready: {
      answer: lateMs >= 0 && ran.status === 0,
      seen: `returned ${Math.abs(lateMs)} ms ${lateMs < 0 ? 'before' : 'after'} it was ready, ${describeStatus(ran)}`,
    },
  };
}

export async function startSeveral(tool: Tool): Promise<Observations> {
  return {
    twice: await startTwice(tool),
    ten: await startTen(tool),
    stale: await startAfterKill(tool),
  };
}

async function startTwice(tool: Tool): Promise<Observation> {
  const stamps = [newStamp(), newStamp()] as const;
  const identity = `${stamps[0]}-id`;
  await runCommand(tool.start(identity, stamps[0]));
  const { pid } = await readStamp(stamps[0]);
  const again = await runCommand(tool.start(identity, stamps[1]));
  await sleep(SETTLE_MS);
  // A tool that starts again what it has under this name writes the first stamp anew.
  const pids = [pid, ...(await pidsOf([...stamps]))];
  const running = pids.filter(isRunning).length;
  await end(tool, identity, pids);
  return {
    answer: running === 1,
    seen: `${running} run; the second start: ${describeStatus(again)}`,
  };
}

async function startTen(tool: Tool): Promise<Observation> {
  const stamps = Array.from({ length: 10 }, newStamp);
  const identity = `${stamps[0]}-id`;
  await Promise.all(stamps.map((stamp) => runCommand(tool.start(identity, stamp))));
  await sleep(2 * SETTLE_MS);
  const pids = await pidsOf(stamps);
  const running = pids.filter(isRunning).length;
  await end(tool, identity, pids);
  return { answer: running === 1, seen: `${running} run` };
}

async function startAfterKill(tool: Tool): Promise<Observation> {
  const [stamp, again] = [newStamp(), newStamp()];
  const identity = `${stamp}-id`;
  await runCommand(tool.start(identity, stamp));
  endProcess((await readStamp(stamp)).pid);
  await sleep(SETTLE_MS);
  const ran = await runCommand(tool.start(identity, again));
  await sleep(2 * SETTLE_MS);
  const pids = await pidsOf([again, stamp]); // a supervisor may have been quicker
  const running = pids.filter(isRunning).length;
  await end(tool, identity, pids);
  return {
    answer: running > 0,
    seen: `${running} run${running > 0 ? 's' : ''}; the next start: ${describeStatus(ran)}`,
  };
}

function pidsOf(stamps: readonly string[]): Promise<number[]> {
  const begun = stamps.filter((stamp) => existsSync(stamp));
  return Promise.all(begun.map(async (stamp) => (await readStamp(stamp)).pid));
}

async function end(tool: Tool, identity: string, pids: readonly number[]): Promise<void> {
  if (tool.stop !== undefined) runQuietly(tool.stop(identity));
  for (const pid of pids) endProcess(pid);
  await sleep(SETTLE_MS);
  tool.forget?.(identity);
}
