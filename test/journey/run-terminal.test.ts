import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { Program } from '../helpers/program.ts';
import { CLI, FIXTURES, isRunning, Sandbox } from '../helpers/sandbox.ts';

const RUN = `${process.execPath} ${CLI} run`;
const SHELL = ['bash', '--noprofile', '--noediting', '--rcfile', 'outer', '-i'];
const [CTRL_C, CTRL_D, CTRL_Z] = ['\x03', '\x04', '\x1a'];

interface Stat {
  readonly comm: string;
  readonly state: string;
  readonly pgid: number;
  /** The foreground group of its terminal. proc_shellPidstat(5), tpgid. */
  readonly foreground: number;
}

function statOf(pid: number): Stat | null {
  try {
    const [, comm = '', rest = ''] =
      /\((.*)\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
    const [state = '', , pgid, , , foreground] = rest.split(' ');
    return { comm, state, pgid: Number(pgid), foreground: Number(foreground) };
  } catch {
    return null; // gone
  }
}

/** A person at a terminal. */
class Terminal extends Program {
  readonly box: Sandbox;

  constructor(t: TestContext, ...command: readonly string[]) {
    const box = new Sandbox(t);
    box.file('outer', "PS1='next> '; stty -echo; echo shell $$\n");
    box.file('inner', "PS1='inner> '\n");
    super('python3', [join(FIXTURES, 'on-a-terminal.py'), ...command], {
      cwd: box.folder,
      env: { ...box.environment, TERM: 'dumb' },
    });
    this.box = box;
    t.after(() => this[Symbol.asyncDispose]()); // also when no shell came up
  }

  type(text: string): void {
    this.process.stdin?.write(text);
  }

  /** Waits for the text, and forgets what was shown until then. */
  async sees(pattern: RegExp): Promise<RegExpExecArray> {
    const match = await this.says(pattern);
    this.output = this.output.slice(match.index + match[0].length);
    return match;
  }
}

/** A person at a shell with job control. */
class Shell extends Terminal {
  shellPid = 0;

  static async open(t: TestContext): Promise<Shell> {
    const shell = new Shell(t, ...SHELL);
    shell.shellPid = Number((await shell.sees(/^shell (\d+)/m))[1]);
    await shell.sees(/next> /);
    return shell;
  }

  /** Waits until a program of that name leads the foreground. */
  async untilForeground(name: string): Promise<number> {
    const foreground = () => statOf(this.shellPid)?.foreground ?? 0;
    await eventually(
      `${name} in the foreground`,
      () => statOf(foreground())?.comm,
      (comm) => comm === name,
    );
    return foreground();
  }

  async sayCode(): Promise<number> {
    await this.sees(/next> /);
    this.type('echo code $?\n');
    return Number((await this.sees(/code (\d+)/))[1]);
  }
}

test('run: Ctrl-Z stops both, fg brings both back, Ctrl-C reaches the child', async (t) => {
  await using shell = await Shell.open(t);
  shell.type(`${RUN} cat\n`);
  const cat = await shell.untilForeground('cat');
  shell.type('hello\n');
  await shell.sees(/hello/);
  const run = Number(readFileSync(`/proc/${cat}/stat`, 'latin1').split(' ')[3]);
  shell.type(CTRL_Z);
  await shell.sees(/Stopped[\s\S]*next> /);
  assert.deepEqual([statOf(cat)?.state, statOf(run)?.state], ['T', 'T']);
  shell.type('fg\n');
  await shell.untilForeground('cat');
  shell.type('again\n');
  await shell.sees(/^again/m);
  shell.type(CTRL_C);
  assert.equal(await shell.sayCode(), 130);
});

test('run: a stopped job goes on in the background, and comes to the foreground later', async (t) => {
  await using shell = await Shell.open(t);
  // No loop of forks: a vfork that is stopped before its exec holds a shell, and no Ctrl-Z gets through.
  execFileSync('mkfifo', [join(shell.box.folder, 'go')]);
  shell.type(`${RUN} sh -c 'read go < go; read x; echo got $x'\n`);
  const child = await shell.untilForeground('sh');
  shell.type(CTRL_Z);
  await shell.sees(/Stopped[\s\S]*next> /);
  shell.type('bg\n');
  await shell.sees(/next> /);
  await eventually(
    'the child goes on',
    () => statOf(child)?.state,
    (state) => state !== 'T',
  );
  assert.equal(statOf(shell.shellPid)?.foreground, shell.shellPid);
  shell.box.spawn(['sh', '-c', 'echo > go']); // it reads from the terminal, in the background
  await eventually(
    'the child waits for the terminal',
    () => statOf(child)?.state,
    (state) => state === 'T',
  );
  shell.type('fg\n');
  await shell.untilForeground('sh');
  shell.type('a word\n');
  await shell.sees(/got a word/);
  assert.equal(await shell.sayCode(), 0);
});

test('run: a job begun in the background gets the terminal with fg', async (t) => {
  await using shell = await Shell.open(t);
  shell.type(`${RUN} cat &\n`);
  await shell.sees(/next> /);
  await eventually(
    'cat stopped, because it reads',
    async () => {
      shell.type('jobs\n');
      return (await shell.sees(/\[1\]\+ +(\w+)/))[1];
    },
    (state) => state === 'Stopped',
  );
  shell.type('fg\n');
  await shell.untilForeground('cat');
  shell.type('hello\n');
  await shell.sees(/^hello/m);
  shell.type(CTRL_D);
  assert.equal(await shell.sayCode(), 0);
});

test('run: a shell in the foreground keeps its own job control', async (t) => {
  await using shell = await Shell.open(t);
  shell.type(`${RUN} bash --noprofile --noediting --rcfile inner -i\n`);
  await shell.sees(/inner> /);
  shell.type('sleep 1000\n');
  await shell.untilForeground('sleep');
  shell.type(CTRL_Z);
  await shell.sees(/Stopped +sleep 1000[\s\S]*inner> /);
  shell.type('fg\n');
  await shell.untilForeground('sleep');
  shell.type(CTRL_C);
  await shell.sees(/inner> /);
  shell.type('exit 5\n');
  assert.equal(await shell.sayCode(), 5);
});

test('run: the terminal stays with the rest of a pipeline until the child wants it', async (t) => {
  await using shell = await Shell.open(t);
  shell.type(`${RUN} seq 3 | (cat; head -n 1 < /dev/tty | sed 's/^/head: /')\n`);
  await shell.sees(/^3/m);
  shell.type('for head\n');
  await shell.sees(/head: for head/);
  await shell.sees(/next> /);
  shell.type(`${RUN} head -n 1 | sed 's/^/sed: /'\n`);
  await shell.untilForeground('head');
  shell.type('for run\n');
  await shell.sees(/sed: for run/);
  assert.equal(await shell.sayCode(), 0);
});

test('run: Ctrl-C is rewritten where INT is', async (t) => {
  await using shell = await Shell.open(t);
  shell.type(
    `${RUN} --rewrite INT:TERM sh -c 'trap "echo term; exit 4" TERM; echo up; while :; do sleep 0.02; done'\n`,
  );
  await shell.sees(/up/);
  shell.type(CTRL_C);
  await shell.sees(/term/);
  assert.equal(await shell.sayCode(), 4);
});

test('run: a child killed in raw mode leaves the terminal as it was', async (t) => {
  await using shell = await Shell.open(t);
  shell.type(`${RUN} sh -c 'stty raw; kill -KILL $$'; stty -a | tr ' ' '\\n' | grep icanon\n`);
  await shell.sees(/^icanon/m);
});

test('run: a script has the terminal again afterwards', async (t) => {
  await using shell = await Shell.open(t);
  shell.type(`sh -c '${RUN} sh -c "read x; echo first \\$x"; read y; echo second $y'\n`);
  await shell.untilForeground('sh');
  shell.type('one\n');
  await shell.sees(/first one/);
  shell.type('two\n');
  await shell.sees(/second two/);
});

test('run: a script has the terminal again after a launch that failed', async (t) => {
  await using shell = await Shell.open(t);
  shell.box.file('no-program', 'no program', 0o755);
  shell.type(`sh -c '${RUN} ./no-program; read y; echo second $y'\n`);
  await shell.sees(/Cannot start/);
  shell.type('two\n');
  await shell.sees(/second two/);
});

test('run: Ctrl-Z stops nothing where nobody could bring it back', async (t) => {
  await using terminal = new Terminal(t, ...RUN.split(' '), 'cat');
  await eventually(
    'cat',
    () => terminal.output,
    () => {
      terminal.type('.\n');
      return /\.\r\n\.\r\n/.test(terminal.output);
    },
  );
  terminal.type(CTRL_Z);
  terminal.type('still here\n');
  await terminal.sees(/still here[\s\S]*still here/);
  terminal.type(CTRL_D);
  assert.equal(await terminal.end(), 0);
});

test('run: the terminal hangs up, and nothing is left', async (t) => {
  const shell = await Shell.open(t);
  shell.type(`${RUN} sleep 1000\n`);
  const child = await shell.untilForeground('sleep');
  const run = Number(readFileSync(`/proc/${child}/stat`, 'latin1').split(' ')[3]);
  await shell[Symbol.asyncDispose](); // python3 is killed, and the terminal with it
  await eventually(
    'the end of both',
    () => [child, run].filter(isRunning),
    (left) => left.length === 0,
  );
});
