import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readTable, type Seen } from './process-table.ts';
import type { Random } from './random.ts';
import { isStuckNode } from './stuck-node.ts';
import { type Kind, readiness } from './victims.ts';
import { Violation } from './violation.ts';

const CLI = fileURLToPath(new URL('../dist/cli.cjs', import.meta.url));
const PROGRAMS = fileURLToPath(new URL('programs', import.meta.url));
/** Far above what any command needs here: none waits longer than its grace and its ready timeout. */
const HANG_MS = 60_000;
/** When to look whether a command has begun at all. */
const BEGUN_MS = 20_000;

export interface Ran {
  readonly args: readonly string[];
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface How {
  /** Runs the command under another: `strace …`, `prlimit …`. */
  readonly under?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Done to the running command. */
  readonly meanwhile?: (command: ChildProcess) => Promise<void>;
  /** Options for a start, beside those that are drawn. */
  readonly startOptions?: readonly string[];
  /** Its output is not for the journal. */
  readonly isQuiet?: boolean;
  /** What is done to it may end it, or Node below it, before it can say a word. */
  readonly mayBeMute?: boolean;
}

/** A home on a small disk of its own, daemons and strangers in it, and a journal of all that was done. */
export class World {
  readonly folder: string;
  readonly home: string;
  readonly witness: string;
  readonly journal: string;
  #strangers: { pid: number; process: ChildProcess }[] = [];

  constructor(folder: string) {
    this.folder = folder;
    this.home = join(folder, 'home');
    this.witness = join(folder, 'witness');
    this.journal = join(folder, 'journal.txt');
    for (const path of [this.home, this.witness]) mkdirSync(path, { recursive: true });
    for (const program of ['victim', 'stranger', 'crowd'])
      execFileSync('cc', ['-O1', '-o', join(folder, program), join(PROGRAMS, `${program}.c`)]);
  }

  note(text: string): void {
    appendFileSync(this.journal, `${text}\n`);
  }

  /** Runs a daimon command to its end, and holds it to what every command promises. */
  async daimon(args: readonly string[], how: How = {}): Promise<Ran> {
    const [file = '', ...rest] = [...(how.under ?? []), process.execPath, '--', CLI, ...args];
    const child = spawn(file, rest, {
      cwd: this.folder,
      env: { PATH: process.env.PATH, DAIMON_HOME: this.home, ...how.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = once(child, 'close');
    await how.meanwhile?.(child);
    let isOver = await within(BEGUN_MS, ended);
    const stuck = isOver ? [] : this.#commands(args).filter(isStuckNode);
    for (const { pid } of stuck) process.kill(pid, 'SIGKILL');
    if (!isOver) isOver = await within(HANG_MS - BEGUN_MS, ended);
    const ran: Ran = { args, status: child.exitCode, signal: child.signalCode, stdout, stderr };
    this.note(formatRan(ran, how));
    if (stuck.length > 0 && isOver) {
      this.note('    Node had waited for threads that it could not make');
      return ran;
    }
    if (!isOver) {
      child.kill('SIGKILL');
      throw new Violation(`no end after ${HANG_MS / 1000} s`, formatRan(ran, how));
    }
    checkTold(ran, how);
    return ran;
  }

  /** The running commands of these words. */
  #commands(args: readonly string[]): Seen[] {
    const wanted = [CLI, ...args].join('\0');
    return this.processes().filter(({ words }) => words.slice(2).join('\0') === wanted);
  }

  start(name: string, kind: Kind, random: Random, how: How = {}): Promise<Ran> {
    const grace = `${random.pick([0, 30, 100])}ms`;
    const options = ['--name', name, '--grace', grace, ...(how.startOptions ?? [])];
    const command = [join(this.folder, 'victim'), kind, name, this.witness];
    return this.daimon(['start', ...options, ...readiness(kind, random), '--', ...command], how);
  }

  /** The processes of this PID namespace. */
  processes(): Seen[] {
    return readTable();
  }

  /** Those of one name: the daemon, and what it has forked. */
  processesOf(name: string): Seen[] {
    return this.processes().filter(({ words }) => words[2] === name && words[3] === this.witness);
  }

  /** The daemons themselves; more than one of a name is what must never be. */
  daemonsOf(name: string): Seen[] {
    return this.processesOf(name).filter(({ comm }) => comm === 'victim');
  }

  /** What has been seen that must never be, by the victims and strangers themselves. */
  toldViolations(): string {
    const path = join(this.witness, 'violations');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  get strangers(): readonly number[] {
    return this.#strangers.map(({ pid }) => pid);
  }

  /** A process that is none of daimon's business; resolves once it tells of every signal. */
  async addStranger(): Promise<number> {
    const child = spawn(join(this.folder, 'stranger'), [join(this.witness, 'violations')], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    const pid = child.pid ?? 0;
    this.#strangers.push({ pid, process: child });
    return pid;
  }

  async removeStranger(pid: number): Promise<void> {
    const gone = this.#strangers.find((stranger) => stranger.pid === pid);
    this.#strangers = this.#strangers.filter((stranger) => stranger !== gone);
    if (gone === undefined) return;
    const ended = once(gone.process, 'exit');
    gone.process.kill('SIGKILL');
    await ended;
  }
}

async function within(ms: number, ended: Promise<unknown>): Promise<boolean> {
  const late = new AbortController();
  const isOver = await Promise.race([
    ended.then(() => true),
    sleep(ms, false, { signal: late.signal }),
  ]);
  late.abort();
  return isOver;
}

// What they tell by their exit status is an answer, not a failure.
const ANSWERS_BY_STATUS = new Set(['status', 'check']);

/** Whatever fails says so, in words of daimon's own; and daimon never blames itself. */
function checkTold(ran: Ran, how: How): void {
  const all = formatRan(ran, how);
  if (/this is a bug in daimon/.test(ran.stderr))
    throw new Violation('an error nobody foresaw', all);
  if (how.mayBeMute || ran.status === 0) return;
  if (ran.signal !== null) throw new Violation('a command ended by a signal', all);
  const [word = ''] = ran.args;
  const isTold =
    /^daimon: \S/m.test(ran.stderr) || (ANSWERS_BY_STATUS.has(word) && ran.stdout !== '');
  if (!isTold) throw new Violation('a failure that was not told', all);
}

function formatRan({ args, status, signal, stdout, stderr }: Ran, { under, isQuiet }: How): string {
  const said = `${isQuiet ? '' : stdout}${stderr}`.trimEnd().replace(/^/gm, '    | ');
  const by = under === undefined ? '' : `${under.join(' ')} `;
  return `  ${by}daimon ${args.join(' ')} → ${signal ?? status}\n${said}`;
}
