import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { system } from '../../src/os/index.ts';
import { nowMs } from './processes.ts';

/** What keeps running above a daemon, up to the init that adopts orphans. */
export function keepersOf(pid: number): number[] {
  const parent = system().readProcess(pid)?.parentPid ?? 0;
  return parent <= 1 || parent === process.ppid ? [] : [parent, ...keepersOf(parent)];
}

export function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/** How often its threads have gone to sleep of their own accord, which they do after each time they were woken. */
function sleepsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((task) => readFileSync(`/proc/${pid}/task/${task}/status`, 'latin1'))
    .map((status) => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]))
    .reduce((sum, count) => sum + count, 0);
}

const IDLE_MS = 3000;

/** How often in a second these processes wake up, all together. */
export async function wakeUpsOf(pids: readonly number[]): Promise<number> {
  const sleeps = () => pids.map(sleepsOf).reduce((sum, count) => sum + count, 0);
  const before = sleeps();
  const startedMs = nowMs();
  await sleep(IDLE_MS);
  return ((sleeps() - before) * 1000) / (nowMs() - startedMs);
}
