import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nodeFolder, windowsNodePath } from '../../tools/node-cache.mjs';
import { CLI, FIXTURES, type Ran } from './sandbox.ts';

// Debian's wine64 package; /usr/bin/wine asks for a 32-bit part that nobody needs here.
export const WINE = '/usr/lib/wine/wine64';
const WINESERVER = '/usr/lib/wine/wineserver64';
const COMPILER = 'x86_64-w64-mingw32-gcc';
const ADDON = fileURLToPath(new URL('../../dist/daimon-win32-x64.node', import.meta.url));

/** Why the tests of the Windows part cannot run here; false when they can. */
export const WINE_SKIP: string | false =
  [
    { path: WINE, remedy: 'apt-get install wine64 wine' },
    { path: ADDON, remedy: 'apt-get install gcc-mingw-w64-x86-64, then npm run compile' },
    { path: windowsNodePath(), remedy: 'node tools/fetch-nodes.mjs' },
  ]
    .filter(({ path }) => !existsSync(path))
    .map(({ path, remedy }) => `no ${path}; run: ${remedy}`)
    .join('; ') || false;

/** How long any one command under Wine may take; far above what it needs. */
const COMMAND_DEADLINE_MS = 120_000;

function wineEnvironment(prefix: string): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: prefix,
    LC_ALL: 'C.UTF-8', // how arguments of this machine become Windows' own
    WINEPREFIX: prefix,
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    // No .NET, no browser: their installers would be fetched. No desktop: Wine would make it a child of
    // whichever program is the first to have a window.
    WINEDLLOVERRIDES: 'mscoree=;mshtml=;explorer.exe=',
  };
}

/** A file of this machine as Windows programs see it. */
export function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}

/** A Windows that was set up once; each test gets its own, whose unchanged files are links to these. */
function templatePrefix(): string {
  const template = join(nodeFolder(), 'wine', 'template');
  if (existsSync(template)) return template;
  mkdirSync(dirname(template), { recursive: true });
  const partial = mkdtempSync(join(dirname(template), 'partial-'));
  try {
    wineToItsEnd(partial, ['wineboot', '-i']);
    // Node refuses to run on what it takes for Windows 7.
    wineToItsEnd(partial, [
      'reg',
      'add',
      'HKCU\\Software\\Wine',
      '/v',
      'Version',
      '/d',
      'win10',
      '/f',
    ]);
    endServer(partial);
    if (!existsSync(template)) renameSync(partial, template); // another test file may have been first
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return template;
}

function wineToItsEnd(prefix: string, words: string[]): void {
  const options = {
    env: wineEnvironment(prefix),
    timeout: COMMAND_DEADLINE_MS,
    stdio: 'ignore',
  } as const;
  const { status, error } = spawnSync(WINE, words, options);
  if (status !== 0) throw new Error(`wine ${words.join(' ')}: ${error?.message ?? status}`);
}

/** Ends all that runs in this Windows, and waits until it has. wineserver(1) */
function endServer(prefix: string): void {
  spawnSync(WINESERVER, ['-k'], { env: wineEnvironment(prefix) });
  spawnSync(WINESERVER, ['-w'], { env: wineEnvironment(prefix), timeout: COMMAND_DEADLINE_MS });
}

function newPrefix(): string {
  const template = templatePrefix();
  const prefix = mkdtempSync(join(dirname(template), 'test-'));
  const copied = spawnSync('cp', ['-al', `${template}/.`, prefix], { encoding: 'utf8' });
  if (copied.status !== 0) throw new Error(copied.stderr);
  for (const name of readdirSync(prefix).filter((file) => file.endsWith('.reg'))) {
    rmSync(join(prefix, name));
    copyFileSync(join(template, name), join(prefix, name));
  }
  return prefix;
}

const PROGRAMS = `
  const native = require(${JSON.stringify(windowsPath(ADDON))});
  native.listProcesses().flatMap((pid) => {
    const handle = pid === process.pid || pid === process.ppid ? null : native.openProcess(pid, 0x101000);
    if (handle === null || native.waitProcess(handle, 0)) return [];
    return [native.processFacts(handle).path];
  });
`;

/** A Windows of its own for one test; at the end all that runs in it is ended. */
export class WineBox {
  /** As this machine sees it; programs see it as {@link windowsPath} has it. */
  readonly folder: string;
  readonly home: string;
  readonly environment: Record<string, string>;
  /** What {@link daimon} runs. */
  command: readonly string[] = [windowsNodePath(), windowsPath(CLI)];
  #outputs = 0;

  constructor(t: TestContext) {
    const prefix = newPrefix();
    this.folder = join(prefix, 'drive_c', 'test');
    this.home = join(this.folder, 'home');
    mkdirSync(this.folder);
    this.environment = { ...wineEnvironment(prefix), DAIMON_HOME: 'C:\\test\\home' };
    t.after(() => {
      endServer(prefix);
      rmSync(prefix, { recursive: true, force: true, maxRetries: 5 });
    });
  }

  /** Runs the built command to its end. */
  daimon(...args: string[]): Promise<Ran> {
    return this.run([...this.command, ...args]);
  }

  /** Runs the built command and expects it to succeed. */
  async succeed(...args: string[]): Promise<string> {
    const ran = await this.daimon(...args);
    assert.equal(ran.status, 0, `daimon ${args.join(' ')}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  }

  pidOf(name: string): number {
    return Number(readFileSync(join(this.home, 'run', `${name}.pid`), 'utf8'));
  }

  logOf(name: string): string {
    return readFileSync(join(this.home, 'logs', `${name}.log`), 'utf8');
  }

  /** A file of the test's folder. */
  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  async isRunning(pid: number): Promise<boolean> {
    return (
      (await this.#ask(
        `try { process.kill(${pid}, 0); Number(process.pid !== ${pid}) } catch { 0 }`,
      )) === 1
    );
  }

  /** TerminateProcess(), as the Task Manager does it. */
  async kill(pid: number): Promise<void> {
    await this.#ask(`process.kill(${pid}, 'SIGKILL'); 1`);
  }

  /** The programs that run in this Windows, but for its own and the asking one. */
  async programs(): Promise<string[]> {
    const paths = (await this.#ask(PROGRAMS)) as string[];
    return paths.filter((path) => !path.toLowerCase().includes('\\windows\\system32\\'));
  }

  /** The value of an expression in Node for Windows. */
  async #ask(expression: string): Promise<unknown> {
    const words = [windowsNodePath(), '-p', `JSON.stringify(eval(${JSON.stringify(expression)}))`];
    const ran = await this.run(words);
    assert.equal(ran.status, 0, ran.stderr);
    return JSON.parse(ran.stdout);
  }

  /** Runs a script by Node for Windows to its end. */
  node(script: string, ...args: string[]): Promise<Ran> {
    return this.run([windowsNodePath(), windowsPath(script), ...args]);
  }

  /**
   * Runs a Windows program to its end. Wine's server loses one now and then while that starts: a program that has
   * said nothing, and of which Wine itself says so, is run again, once.
   */
  async run(command: readonly string[]): Promise<Ran> {
    const ran = await this.#runOnce(command);
    const isLost = ran.stdout === '' && ran.stderr.startsWith('wine client error:');
    return isLost ? await this.#runOnce(command) : ran;
  }

  /** Its streams are files: Wine's Node cannot use a pipe of Unix. */
  async #runOnce(command: readonly string[]): Promise<Ran> {
    this.#outputs += 1;
    const paths = ['stdout', 'stderr'].map((name) =>
      join(this.folder, `.${name}-${this.#outputs}`),
    );
    const child = this.spawn(command, paths);
    const [status, signal] = await new Promise<[number | null, NodeJS.Signals | null]>(
      (resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (...end) => resolve(end));
      },
    );
    const [stdout = '', stderr = ''] = paths.map((path) => readFileSync(path, 'utf8'));
    return { status, signal, stdout, stderr };
  }

  /** Starts a Windows program, which writes to these files; it ends at the latest with the test. */
  spawn(command: readonly string[], outputs: readonly string[] = []): ChildProcess {
    const fds = outputs.map((path) => openSync(path, 'w'));
    const child = spawn(WINE, [...command], {
      cwd: this.folder,
      env: this.environment,
      stdio: ['ignore', fds[0] ?? 'ignore', fds[1] ?? 'ignore'],
      timeout: COMMAND_DEADLINE_MS,
      killSignal: 'SIGKILL',
    });
    fds.forEach(closeSync);
    return child;
  }

  /** Writes a file into the test's folder; returns its path. */
  file(name: string, content: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  }

  /** Compiles one of `test/fixtures` for Windows; returns the program's path. */
  compile(fixture: string, name = basename(fixture).replace(/\.c$/, '.exe')): string {
    const program = join(this.folder, name);
    const words = ['-O1', '-municode', '-static', '-o', program, join(FIXTURES, fixture)];
    const { status, stderr } = spawnSync(COMPILER, words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
    return program;
  }
}
