import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, it } from 'node:test';
import { isRunning, startFixture, until } from '../helpers/program.ts';

const ROUNDS = 200;
const AT_ONCE = 4;

/** Runs `round` many times, some at once. */
async function manyRounds(round: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const runner = async () => {
    while (next < ROUNDS) await round(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runner));
}

/** Who has `token` in its environment, anywhere on the machine: no way of ours to find processes. */
function bearersOf(token: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isRunning(pid) && environmentOf(pid).includes(token));
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch {
    return ''; // it has ended
  }
}

/** Involuntary and voluntary switches of all threads: every one is a wake-up. */
function wakeUps(pid: number): number {
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    for (const [, count] of status.matchAll(/ctxt_switches:\s+(\d+)/g)) sum += Number(count);
  }
  return sum;
}

function watchdogOf(pid: number): number {
  const found = readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      if (readFileSync(`/proc/${name}/comm`, 'utf8').trim() !== 'daimon-watchdog') return false;
      if (readlinkSync(`/proc/${name}/fd/3`) !== 'anon_inode:[pidfd]') return false;
      return new RegExp(`^Pid:\\s+${pid}$`, 'm').test(
        readFileSync(`/proc/${name}/fdinfo/3`, 'utf8'),
      );
    } catch {
      return false; // it has ended
    }
  });
  return Number(found[0] ?? 0);
}

describe('a program killed at a random moment', () => {
  it(`leaves none of its children running, ${ROUNDS} times`, async () => {
    await manyRounds(async (index) => {
      const token = `DAIMON_TEST_ROUND=${process.pid}-${index}`;
      const [name, value] = token.split('=');
      await using program = startFixture('child-trees.mjs', ['many', '400'], {
        env: { ...process.env, [name ?? '']: value },
      });
      // Every other one in the middle of its shutdown, which the grace of its children makes last.
      if (index % 2 === 1) {
        await program.says(/ready/);
        program.signal('SIGTERM');
      }
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300)); // the random moment
      program.signal('SIGKILL');
      await program.end();
      await until(
        `round ${index}`,
        () => bearersOf(token).length === 0,
        () => String(bearersOf(token)),
      );
    });
  });
});

describe('a program asked at a random moment', () => {
  it('ends by the signal before it listens, cleanly afterwards, never in between', async () => {
    const ends = new Map<unknown, number>();
    await manyRounds(async () => {
      await using program = startFixture('hooks.mjs', ['order']);
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 400)); // the random moment
      const wasReady = program.output.includes('ready');
      program.signal('SIGTERM');
      const end = await program.end();
      ends.set(end, (ends.get(end) ?? 0) + 1);
      if (wasReady) assert.equal(end, 0, program.errors);
      if (end !== 'SIGTERM') assert.equal(end, 0, program.errors);
      if (end === 0) assert.match(program.output, /stopped in/);
    });
    console.log(`# ends: ${JSON.stringify([...ends])}`);
  });
});

describe('waiting', () => {
  it('costs no wake-up: of the program, its workers and its watchdog', async () => {
    await using program = startFixture('sleeps.mjs');
    await program.says(/ready/);
    const watchdog = watchdogOf(program.pid);
    assert.ok(watchdog > 0, 'the watchdog');
    const pids = [program.pid, watchdog];
    let before = pids.map(wakeUps);
    // V8 tidies up for some seconds after the start: wait for two seconds without a wake-up.
    const quiet = async () => {
      await new Promise((resolve) => setTimeout(resolve, 2000)); // the time that is measured
      const after = pids.map(wakeUps);
      const same = after.every((count, i) => count === before[i]);
      before = after;
      return same;
    };
    let tries = 0;
    while (!(await quiet())) assert.ok(++tries < 8, `wake-ups: ${pids} ${before}`);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    await until('the watchdog is gone', () => !isRunning(watchdog));
  });
});
