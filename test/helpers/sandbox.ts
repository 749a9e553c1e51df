import assert from 'node:assert/strict';
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../dist/cli.cjs', import.meta.url));
export const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
export const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));

export interface Ran {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long any one command of a test may take; far above what it needs. */
const COMMAND_DEADLINE_MS = 60_000;

/**
 * A home of its own for one test, and the owner of every process that the test starts: at the end
 * all are ended by their pid, and the test fails when a daemon it stopped has left something running.
 */
export class Sandbox {
  readonly folder: string;
  readonly home: string;
  readonly environment: Record<string, string>;
  readonly #children = new Set<ChildProcess>();

  constructor(t: TestContext) {
    this.folder = mkdtempSync(join(tmpdir(), 'daimon-test-'));
    this.home = join(this.folder, 'home');
    this.environment = { ...cleanEnvironment(), DAIMON_HOME: this.home };
    t.after(() => this.#end());
  }

  /** Runs the built command to its end. */
  daimon(...args: string[]): Promise<Ran> {
    return this.run([process.execPath, CLI, ...args]);
  }

  /** Runs the built command and expects it to succeed. */
  async succeed(...args: string[]): Promise<string> {
    const ran = await this.daimon(...args);
    assert.equal(ran.status, 0, `daimon ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  }

  run(
    command: readonly string[],
    options: SpawnOptions & { input?: string; deadlineMs?: number } = {},
  ): Promise<Ran> {
    const child = this.spawn(command, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    child.stdin?.on('error', () => {}); // it may end without reading
    child.stdin?.end(options.input ?? '');
    return finished(child, command.join(' '), options.deadlineMs ?? COMMAND_DEADLINE_MS);
  }

  /** Starts a process that the sandbox ends at the latest when the test does. */
  spawn(command: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const [file = '', ...args] = command;
    const child = spawn(file, args, { cwd: this.folder, env: this.environment, ...options });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    return child;
  }

  /** Writes a file into the test's folder; returns its path. */
  file(name: string, content: string, mode = 0o644): string {
    const path = join(this.folder, name);
    writeFileSync(path, content, { mode });
    return path;
  }

  pidOf(name: string): number {
    return Number(readFileSync(join(this.home, 'run', `${name}.pid`), 'utf8'));
  }

  logOf(name: string): string {
    return readFileSync(join(this.home, 'logs', `${name}.log`), 'utf8');
  }

  async #end(): Promise<void> {
    const stopped = await this.daimon('stop', '--all', '--grace', '1s');
    await Promise.all([...this.#children].map(killed));
    const left = processesNaming(this.folder);
    for (const { pid } of left) killQuietly(pid);
    if (stopped.status === 0) rmSync(this.folder, { recursive: true, force: true });
    assert.deepEqual(left, [], `left running: ${JSON.stringify(left)} ${stopped.stderr}`);
  }
}

// What the test runner and npm add, and what would reach into the programs under test.
const NOT_OURS = /^(DAIMON_|npm_|NODE_|INIT_CWD$)/;

function cleanEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !NOT_OURS.test(entry[0]),
    ),
  );
}

/** Resolves once it has ended: until then it still has a command line. */
async function killed(child: ChildProcess): Promise<void> {
  if (!child.kill('SIGKILL')) return;
  await once(child, 'exit');
}

function finished(child: ChildProcess, command: string, deadlineMs: number): Promise<Ran> {
  return new Promise((resolve, reject) => {
    let [stdout, stderr] = ['', ''];
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const deadline = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`no end after ${deadlineMs} ms: ${command}\n${stdout}${stderr}`));
    }, deadlineMs);
    child.once('error', (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    child.once('close', (status, signal) => {
      clearTimeout(deadline);
      resolve({ status, signal, stdout, stderr });
    });
  });
}

/** Processes whose command line or working directory lies in the folder. */
export function processesNaming(folder: string): { pid: number; command: string }[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid)
    .map((pid) => ({ pid, command: readQuietly(`/proc/${pid}/cmdline`).replaceAll('\0', ' ') }))
    .filter(({ command }) => command.includes(folder));
}

function readQuietly(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process is gone
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // gone meanwhile
  }
}

/** True while the process runs; a zombie, which a slow init has yet to reap, does not. */
export function isRunning(pid: number): boolean {
  const status = readQuietly(`/proc/${pid}/stat`);
  return status !== '' && !/\) [ZXx] /.test(status);
}
