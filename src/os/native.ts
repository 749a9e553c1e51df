import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DaemonError, isErrno } from '../errors.ts';
import type { NativeContext } from './native-context.ts';
import type { NativeForeground } from './native-foreground.ts';
import type { NativeLaunch } from './native-launch.ts';
import type { NativeShutdown } from './native-shutdown.ts';
import type { NativeSystem } from './native-system.ts';

/** The addon of `native/`. One interface per C file, so that each side is read beside the other. */
export type NativeAddon = NativeLaunch &
  NativeSystem &
  NativeForeground &
  NativeShutdown &
  NativeContext;

let loaded: NativeAddon | undefined;

/** Loads the addon at its first use: programs that never need it never pay for it (0.5–1.3 ms). */
export function native(): NativeAddon {
  loaded ??= load();
  return loaded;
}

let foundPath: string | undefined;

/** Where the addon is. */
export function nativePath(): string {
  foundPath ??= findNative();
  return foundPath;
}

/** Built for another system than the machine's own, as for Wine; the machine's own has no system in its name. */
const NAMES = [`daimon-${process.platform}-${process.arch}.node`, 'daimon.node'];

/**
 * Beside the bundles of dist; seen from src, where the tests run, in dist too. A program that has
 * bundled us leaves it behind, in the package as it was installed.
 */
function findNative(): string {
  // In a CommonJS bundle of somebody else's, import.meta is an empty object.
  const here: string | undefined = import.meta.url;
  const home = here ?? pathToFileURL(process.argv[1] ?? process.execPath).href;
  const folder = fileURLToPath(new URL(home.endsWith('.ts') ? '../../dist' : '.', home));
  const beside = NAMES.map((name) => join(folder, name));
  const found = beside.find((path) => existsSync(path));
  if (found !== undefined) return found;
  try {
    return join(dirname(createRequire(home).resolve('daimon/package.json')), 'dist/daimon.node');
  } catch (error) {
    if (isErrno(error, 'MODULE_NOT_FOUND')) return join(folder, 'daimon.node');
    throw error;
  }
}

/** Whether native() was called: what ends in a hurry need not load it for that. */
export function isNativeLoaded(): boolean {
  return loaded !== undefined;
}

function load(): NativeAddon {
  const path = nativePath();
  try {
    // What require() would do, without its search: 0.4 ms instead of 1.2.
    const module = { exports: {} };
    process.dlopen(module, path);
    return module.exports as NativeAddon;
  } catch (cause) {
    throw new DaemonError(
      'NATIVE_MISSING',
      `Cannot load daimon's native part (${path}): ${(cause as Error).message}. ` +
        'Install a C compiler ("apt-get install gcc libc6-dev") and run: npm rebuild daimon',
      { path, cause },
    );
  }
}
