import { accessSync, constants, readdirSync } from 'node:fs';
import { basename, delimiter, dirname, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DaemonError, isErrno } from '../errors.ts';
import type { FileStatus } from '../os/file-status.ts';
import { system } from '../os/index.ts';
import { RUNTIME, runtimeArgs } from '../os/runtime.ts';
import { folderFault } from '../record/safe-folder.ts';
import { endingOf } from '../spec/ending.ts';

/** What is executed: a program, and the arguments before the entry's own. */
export interface Command {
  readonly file: string;
  readonly argv: readonly string[];
  /** Run by Node: it can be preloaded, and `auto` means that its main module has loaded. */
  readonly isNode: boolean;
}

const JAVASCRIPT = new Set(['.js', '.mjs', '.cjs']);
const TYPESCRIPT = new Set(['.ts', '.mts', '.cts']);

/**
 * Finds the entry: a path as the caller sees it, or a program of PATH. Absolute. A bare word is looked
 * for on the PATH first, as a shell does: what somebody left in this folder must not pass for nginx.
 */
export function findEntry(entry: string, cwd: string, path: string): string {
  const isBareWord = basename(entry) === entry && !isScript(entry);
  const onPath = isBareWord ? findOnPath(entry, path) : null;
  if (onPath !== null) return onPath;
  const asPath = resolve(cwd, entry);
  const found = lookAt(asPath);
  if (found !== null) {
    if (isBareWord) refuseLaidThere(entry, asPath);
    if (found.kind !== 'folder') return asPath;
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `Cannot start ${entry}: it is a folder; name the file to run`,
      {
        path: asPath,
      },
    );
  }
  const where = isBareWord ? ' here or on the PATH' : '';
  const near = nearestFile(asPath);
  throw new DaemonError(
    'NOT_FOUND',
    `Cannot start ${entry}: there is no such file${where}.${near === null ? '' : ` Did you mean ${near}?`}`,
    { path: asPath, errnoName: 'ENOENT', syscall: 'open' },
  );
}

/** A mistyped command must not run what somebody has laid in the folder that one happens to stand in. */
function refuseLaidThere(entry: string, path: string): void {
  const status = system().lstat(path);
  const owner = status && system().ownerOf(path, status);
  const fault =
    owner === null || owner.isRoot || owner.isOurs
      ? folderFault(dirname(path))
      : `another user (${owner.name}) owns it`;
  if (fault === null) return;
  throw new DaemonError(
    'UNSAFE_FILE',
    `Cannot start ${entry}: there is no such program on the PATH. There is a ${entry} in this folder, but ${fault}. If you mean that one, write: daimon start ./${entry}`,
    { path },
  );
}

/** What Node runs is a file, never a program of the PATH. */
function isScript(entry: string): boolean {
  const kind = endingOf(entry).toLowerCase();
  return JAVASCRIPT.has(kind) || TYPESCRIPT.has(kind);
}

function findOnPath(name: string, path: string): string | null {
  for (const folder of path.split(delimiter)) {
    for (const fileName of system().programNames(name)) {
      const candidate = resolve(folder || '.', fileName);
      if (isProgram(candidate)) return candidate;
    }
  }
  return null;
}

function isProgram(path: string): boolean {
  if (lookAt(path)?.kind !== 'file') return false; // first: an error of access(2) would cost 50 µs
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return false;
    throw error;
  }
}

/** null for what is not there, or cannot be reached. */
function lookAt(path: string): FileStatus | null {
  try {
    return system().stat(path);
  } catch (error) {
    if (isErrno(error, 'EACCES', 'ELOOP', 'ENAMETOOLONG')) return null;
    throw error;
  }
}

/** The file beside it with the same stem: server.ts for server.js. */
function nearestFile(path: string): string | null {
  const stem = basename(path, extname(path));
  try {
    const found = readdirSync(dirname(path)).find((name) => basename(name, extname(name)) === stem);
    return found === undefined ? null : join(dirname(path), found);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return null;
    throw error;
  }
}

/** Chooses what runs the entry, by its extension, unless an interpreter is given. */
export function resolveCommand(
  entry: string,
  interpreter: string | null,
  interpreterArgs: readonly string[],
): Command {
  const kind = endingOf(entry).toLowerCase();
  if (interpreter !== null) {
    const isNode = /^node(js)?(\.exe)?$/i.test(basename(interpreter));
    return { file: interpreter, argv: [interpreter, ...interpreterArgs, entry], isNode };
  }
  const node = process.execPath;
  if (RUNTIME !== 'node' && (JAVASCRIPT.has(kind) || TYPESCRIPT.has(kind)))
    return { file: node, argv: [node, ...ownOptions(), ...interpreterArgs, entry], isNode: false };
  if (JAVASCRIPT.has(kind))
    return { file: node, argv: [node, ...interpreterArgs, entry], isNode: true };
  if (TYPESCRIPT.has(kind)) {
    const stripping = typescriptArgs(entry);
    return { file: node, argv: [node, ...stripping, ...interpreterArgs, entry], isNode: true };
  }
  return { file: entry, argv: [entry], isNode: false };
}

/** Deno gives a program the rights that its options say: those that we have. */
function ownOptions(): readonly string[] {
  return RUNTIME === 'deno' ? runtimeArgs() : [];
}

/** Node strips types by itself from 22.18 on; before, tsx does, if the entry's folder can reach it. */
function typescriptArgs(entry: string): string[] {
  const features = process.features as { typescript?: false | string };
  if (features.typescript) return [];
  try {
    const { createRequire } = process.getBuiltinModule('node:module'); // 0.2 ms that few need to pay
    const tsx = createRequire(entry).resolve('tsx');
    return ['--import', pathToFileURL(tsx).href];
  } catch (cause) {
    if (!isErrno(cause, 'MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED')) throw cause;
    throw new DaemonError(
      'UNSUPPORTED',
      `Cannot start ${entry}: Node ${process.versions.node} does not run TypeScript by itself, and tsx is not installed there. ` +
        `Install it with: npm install tsx (in ${dirname(entry)}), or use Node 22.18 or later`,
      { path: entry, cause },
    );
  }
}
