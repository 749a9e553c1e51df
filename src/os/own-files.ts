import { existsSync } from 'node:fs';
import type Module from 'node:module';
import { dirname, join, sep } from 'node:path';
import { isErrno } from '../errors.ts';

/** The path of a file that is built into dist; where there is none, the one where it ought to be. */
export function ownFile(name: string): string {
  let expected: string | undefined;
  for (const folder of ownFolders()) {
    const path = join(folder, name);
    if (existsSync(path)) return path;
    expected ??= path;
  }
  return expected ?? name;
}

/**
 * Where our own files may be: dist, from which this runs (also where it runs from src, in the
 * tests); or, when a bundler has put us into somebody's program, beside that program, and in our
 * package as it was installed for it.
 */
export function* ownFolders(): Generator<string> {
  for (const home of homes()) yield folderOf(home);
  for (const home of homes()) {
    const installed = resolveFrom(folderOf(home), 'daimon/package.json');
    if (installed !== null) yield join(dirname(installed), 'dist');
  }
}

function folderOf(home: string): string {
  return join(dirname(home), home.endsWith('.ts') ? '../../dist' : '.');
}

/**
 * In bundles import.meta may be an empty object, or tell where our sources were when they were made. A
 * single executable has its modules, and its main script, in itself.
 */
function* homes(): Generator<string> {
  const here: string | undefined = import.meta.filename;
  if (here !== undefined) yield here;
  const script = process.argv[1];
  if (script !== undefined && (here === undefined || !existsSync(here))) yield script;
  yield process.execPath;
}

/** Where Node looks last, "Loading from the global folders"; not in its types. */
interface GlobalPaths {
  readonly globalPaths?: readonly string[];
}

/**
 * The file that `require(request)` would load for a module in this folder; null: there is none. Not from
 * $HOME/.node_modules, $NODE_PATH and their like: root may have the environment of somebody else.
 */
export function resolveFrom(folder: string, request: string): string | null {
  const module: GlobalPaths & Pick<typeof Module, 'createRequire'> =
    process.getBuiltinModule('node:module'); // 0.2 ms that few need to pay
  const { createRequire, globalPaths = [] } = module;
  try {
    const found = createRequire(join(folder, 'anyone.js')).resolve(request);
    return globalPaths.some((global) => found.startsWith(join(global, sep))) ? null : found;
  } catch (error) {
    if (isErrno(error, 'MODULE_NOT_FOUND')) return null;
    throw error;
  }
}
