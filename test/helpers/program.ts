import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { CLI, type Sandbox } from './sandbox.ts';

const DEADLINE_MS = 60_000; // a fence: programs run under emulators and on loaded machines, too

/** A program that a test started: everything it says, and how it ended. Killed with the test. */
export class Program {
  readonly process: ChildProcess;
  readonly pid: number;
  output = '';
  errors = '';
  readonly #ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  #wake: () => void = () => {};

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.process = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    this.pid = this.process.pid ?? -1;
    this.process.stdout?.on('data', (data: Buffer) => {
      this.output += data;
      this.#wake();
    });
    this.process.stderr?.on('data', (data: Buffer) => {
      this.errors += data;
      this.#wake();
    });
    this.#ended = once(this.process, 'close').then(([code, signal]) => ({ code, signal }));
    void this.#ended.then(() => this.#wake());
  }

  /** Resolves with the match once stdout has it. */
  async says(pattern: RegExp, deadlineMs = DEADLINE_MS): Promise<RegExpExecArray> {
    const untilMs = performance.now() + deadlineMs;
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      const leftMs = untilMs - performance.now();
      const over = this.process.exitCode !== null || this.process.signalCode !== null;
      if (leftMs <= 0 || (over && !pattern.test(this.output))) {
        throw new Error(`never said ${pattern}\n${this.#seen()}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  signal(signal: NodeJS.Signals | number): void {
    process.kill(this.pid, signal);
  }

  /** Exit code, or the signal that ended it. */
  async end(deadlineMs = DEADLINE_MS): Promise<number | NodeJS.Signals | null> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`still runs after ${deadlineMs} ms\n${this.#seen()}`)),
        deadlineMs,
      );
    });
    try {
      const { code, signal } = await Promise.race([this.#ended, late]);
      return code ?? signal;
    } finally {
      clearTimeout(timer);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGKILL');
    }
    await this.end(); // fails when what it has started holds its streams
  }

  #seen(): string {
    return `stdout: ${this.output}\nstderr: ${this.errors}\nexit: ${this.process.exitCode} ${this.process.signalCode}`;
  }
}

/** Starts one of `test/fixtures` on the Node that runs the tests. */
export function startFixture(
  name: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Program {
  const file = fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
  return new Program(process.execPath, [file, ...args], options);
}

/** Starts `daimon run …`. */
export function inForeground(box: Sandbox, ...args: readonly string[]): Program {
  const options = { env: box.environment, cwd: box.folder };
  // "--": Node 20 takes an --env-file of the script's own arguments for its own.
  return new Program(process.execPath, ['--', CLI, 'run', ...args], options);
}

/** True while the process exists and is no zombie. */
export function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}`)) return false;
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false; // ended between the two looks
  }
}

/** Waits for a fact under a deadline whose failure prints what was seen. */
export async function until(
  what: string,
  fact: () => boolean,
  seen: () => string = () => '',
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const untilMs = performance.now() + deadlineMs;
  while (!fact()) {
    if (performance.now() > untilMs)
      throw new Error(`not within ${deadlineMs} ms: ${what}\n${seen()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
