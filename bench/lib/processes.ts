import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { system } from '../../src/os/index.ts';

export const BENCH = fileURLToPath(new URL('../', import.meta.url));
export const CLI = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
export const C_DAEMON = join(BENCH, 'build/stamps');
const STOPWATCH = join(BENCH, 'build/stopwatch');
export const NODE_DAEMON = join(BENCH, 'programs/stamps.mjs');

/** A folder for one run of the benchmarks; what is in it goes with it. */
export const folder = mkdtempSync(join(tmpdir(), 'daimon-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

const { NODE_EXTRA_CA_CERTS: _certificates, ...inherited } = process.env;
/** NODE_EXTRA_CA_CERTS would add 40 ms to every start of Node 20. */
export const environment = {
  ...inherited,
  DAIMON_HOME: join(folder, 'home'),
  PM2_HOME: join(folder, 'pm2'),
  HOME: folder,
};

export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

// Some peers wait for ever for what has gone; a command that long is taken for one that has failed.
const COMMAND_LIMIT_SECONDS = 60;
export const ANY_STATUS = Array.from({ length: 256 }, (_, status) => status);

/** A command from its spawn to its exit, in milliseconds of {@link nowMs}. */
export interface Clocked {
  readonly startedMs: number;
  readonly tookMs: number;
}

/** Runs a command to its end by a small program that spawns it: a fork of this one would be in every figure. */
export async function clockCommand(
  command: readonly string[],
  expected: readonly number[] = [0],
  limitSeconds: number = COMMAND_LIMIT_SECONDS,
): Promise<Clocked> {
  const child = spawn(STOPWATCH, [String(limitSeconds), ...command], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: folder,
  });
  let told = '';
  child.stdout.setEncoding('latin1').on('data', (text) => {
    told += text;
  });
  await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [, startedNs, endedNs, status] = /^(\d+) (\d+) (\d+)\n$/.exec(told) ?? [];
  if (status === undefined) throw new Error(`cannot run ${command.join(' ')}`);
  if (!expected.includes(Number(status)))
    throw new Error(`${command.join(' ')} ended with ${status}`);
  return {
    startedMs: Number(startedNs) / 1e6,
    tookMs: (Number(endedNs) - Number(startedNs)) / 1e6,
  };
}

/** The time from a command's spawn to its exit, in milliseconds. */
export async function timeCommand(
  command: readonly string[],
  expected?: readonly number[],
  limitSeconds?: number,
): Promise<number> {
  return (await clockCommand(command, expected, limitSeconds)).tookMs;
}

export function runQuietly(command: readonly string[]): void {
  const [file = '', ...args] = command;
  spawnSync(file, args, {
    env: environment,
    stdio: 'ignore',
    cwd: folder,
    timeout: COMMAND_LIMIT_SECONDS * 1000,
  });
}

/** When the process ended, in milliseconds of {@link nowMs}; of any process, without polling. */
export function endOf(pid: number): Promise<number> {
  const facts = system().readProcess(pid);
  const handle = facts === null ? null : system().openProcess(facts.ref);
  if (handle === null) throw new Error(`there is no process ${pid}`);
  return handle.exited().then(() => {
    handle.close();
    return nowMs();
  });
}

export function isRunning(pid: number): boolean {
  const facts = system().readProcess(pid);
  return facts !== null && !'ZX'.includes(facts.state);
}

let stampCount = 0;

/** A new file for a daemon to leave its stamp in; its name serves as the daemon's name, too. */
export function newStamp(): string {
  stampCount++;
  return join(folder, `stamp-${stampCount}`);
}

const STAMP_DEADLINE_MS = 20_000;
// What is measured must not wait for the processor because we look too often.
const LOOK_MS = 5;

/** Waits until the daemon has left its stamp: its pid and when it was ready, on the monotonic clock. */
export async function readStamp(
  path: string,
  deadlineMs = STAMP_DEADLINE_MS,
): Promise<{ pid: number; readyMs: number }> {
  const endMs = nowMs() + deadlineMs;
  for (;;) {
    const text = existsSync(path) ? readFileSync(path, 'latin1') : '';
    const [, pid, readyNs] = /^(\d+) (\d+)\n$/.exec(text) ?? [];
    if (pid !== undefined && readyNs !== undefined) {
      unlinkSync(path);
      return { pid: Number(pid), readyMs: Number(readyNs) / 1e6 };
    }
    if (nowMs() > endMs) throw new Error(`no stamp in ${path}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Ends a daemon that a peer has started; only ever by the pid that it stamped itself. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
