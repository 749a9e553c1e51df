import { statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { DaemonError } from '../../errors.ts';
import { runtimeArgs } from '../../os/runtime.ts';

/** How the running program was started, as far as it takes to start it once more. */
export interface ThisProgram {
  readonly file: string;
  /** Between the program and the script: Node's options, a loader, `-e` with its text. */
  readonly runtimeArgs: readonly string[];
  /** null: the program is in `runtimeArgs`, as with `node -e`. */
  readonly script: string | null;
  readonly args: readonly string[];
}

const EVALUATES = /^(?:-e|-p|-pe|--eval|--print)(?:=|$)/;

/**
 * Reads how this program was started.
 * @throws DaemonError UNSUPPORTED where there is nothing that could be started again: in a worker
 *   thread, in the REPL, from a script on standard input
 */
export function thisProgram(execArgv: readonly string[] | undefined): ThisProgram {
  if (!isMainThread) {
    throw cannotRunAgain(
      'a worker thread is no program of its own; call it on the main thread, before the workers start',
    );
  }
  const given = execArgv ?? runtimeArgs();
  const [script, ...rest] = process.argv.slice(1);
  if (given.some((argument) => argument === '-i' || argument === '--interactive')) throw noScript();
  if (given.some((argument) => EVALUATES.test(argument))) {
    const args = process.argv.slice(1);
    // Without "--", what follows the text and begins with a dash would be an option of Node.
    const dashes = args.length > 0 ? ['--'] : [];
    return { file: process.execPath, runtimeArgs: [...given, ...dashes], script: null, args };
  }
  if (script === undefined || script === '-') throw noScript();
  // In a single executable the program is the runtime itself.
  if (script === process.execPath || IN_EXECUTABLE.test(script)) {
    return { file: process.execPath, runtimeArgs: given, script: null, args: rest };
  }
  return {
    file: process.execPath,
    runtimeArgs: given,
    script: requireScript(resolve(script)),
    args: rest,
  };
}

/** Where the script of `bun build --compile` seems to be, on Unix and on Windows. */
const IN_EXECUTABLE = /^(?:\/\$bunfs\/|B:[\\/]~BUN[\\/])/;

function noScript(): DaemonError {
  return cannotRunAgain(
    'the program came from standard input or is typed into the REPL. Put it into a file, or use: node -e',
  );
}

function cannotRunAgain(why: string): DaemonError {
  return new DaemonError(
    'UNSUPPORTED',
    `Cannot become a daemon: the program must be run again as one, and ${why}`,
  );
}

function requireScript(path: string): string {
  // `node server` runs server.js, and a folder its index: Node will find it again as it did before.
  const found = ['', '.js', '.mjs', '.cjs', '.json', '.node'].some(
    (ending) => statSync(`${path}${ending}`, { throwIfNoEntry: false }) !== undefined,
  );
  if (found) return path;
  throw new DaemonError('NOT_FOUND', `Cannot become a daemon: the script ${path} is gone`, {
    path,
  });
}

const INSPECTS = /^--(?:inspect|debug)(?:-|=|$)/;
const INSPECTOR_WITH_VALUE = new Set(['--inspect-port', '--debug-port', '--inspect-publish-uid']);

/**
 * Leaves the debugger's options out: its port is taken while the caller lives, and `--inspect-brk`
 * would wait for ever for somebody to look at a daemon.
 */
export function withoutInspector(args: readonly string[]): string[] {
  return args.filter((argument, index) => {
    const before = args[index - 1];
    const isItsValue = before !== undefined && INSPECTOR_WITH_VALUE.has(before);
    return !INSPECTS.test(argument) && !isItsValue;
  });
}

const LOADS_MODULE = new Set(['-r', '--require', '--import', '--loader', '--experimental-loader']);
const READS_FILE = new Set(['--env-file', '--env-file-if-exists']);

/** Options that name files relative to the caller's folder, for a program that starts in another one. */
export function withAbsolutePaths(args: readonly string[], cwd: string): string[] {
  let option = '';
  return args.map((argument) => {
    const before = option;
    option = argument;
    const [, name = '', value = ''] = /^(--[a-z-]+)=(.*)$/s.exec(argument) ?? [];
    if (name !== '') return `${name}=${absolute(name, value, cwd)}`;
    return absolute(before, argument, cwd);
  });
}

function absolute(option: string, value: string, cwd: string): string {
  if (READS_FILE.has(option)) return resolve(cwd, value);
  if (!LOADS_MODULE.has(option) || isAbsolute(value) || URL.canParse(value)) return value;
  try {
    const { createRequire } = process.getBuiltinModule('node:module');
    const found = createRequire(join(cwd, 'here')).resolve(value);
    if (!isAbsolute(found)) return value; // a module of Node's own
    return option === '-r' || option === '--require' ? found : pathToFileURL(found).href;
  } catch {
    // Found by Node's other algorithm only (an "import" condition): left as it is.
    return value;
  }
}
