import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonError } from '../errors.ts';
import type { NativeContext } from './native-context.ts';
import type { NativeForeground } from './native-foreground.ts';
import type { NativeKqueue } from './native-kqueue.ts';
import type { NativeLaunch } from './native-launch.ts';
import type { NativeShutdown } from './native-shutdown.ts';
import type { NativeSignals } from './native-signals.ts';
import type { NativeSystem } from './native-system.ts';
import type { NativeWindows } from './native-windows.ts';
import { ownFolders, resolveFrom } from './own-files.ts';

/** The addon of `native/`. One interface per C file, so that each side is read beside the other. */
export type NativeAddon = NativeLaunch &
  NativeSystem &
  NativeForeground &
  NativeKqueue &
  NativeShutdown &
  NativeSignals &
  NativeContext &
  NativeWindows;

let loaded: NativeAddon | undefined;

/** Loads the addon at its first use: programs that never need it never pay for it (0.5–1.3 ms). */
export function native(): NativeAddon {
  loaded ??= load();
  return loaded;
}

let foundPath: string | undefined;

/** Where the addon is: built here, or installed as the package for this system and CPU. */
export function nativePath(): string {
  foundPath ??= findNative();
  return foundPath;
}

const TARGET = `${process.platform}-${process.arch}`;
const PLATFORM_PACKAGE = `@daimon/${TARGET}`;

function findNative(): string {
  for (const folder of ownFolders()) {
    const found = findQuickly(folder) ?? resolveFrom(folder, `${PLATFORM_PACKAGE}/daimon.node`);
    if (found !== null) return found;
  }
  throw new DaemonError(
    'NATIVE_MISSING',
    `Cannot find daimon's native part for ${TARGET}: the package ${PLATFORM_PACKAGE} is not installed. ` +
      'npm leaves it out with --omit=optional, and where the lock file or node_modules come from another system: ' +
      `install anew there, or run: npm install ${PLATFORM_PACKAGE}. In a clone of daimon: npm run compile. ` +
      'A bundled program takes the daimon.node that lies beside it, too. ' +
      'It exists for Linux, macOS and Windows, on x64 and arm64.',
  );
}

/** Built here; or where npm and pnpm put it, seen from dist: the search by Node takes 0.3 ms. */
function findQuickly(folder: string): string | null {
  const paths = [
    join(folder, `daimon-${TARGET}.node`), // built for another system than the machine's own, as for Wine
    join(folder, 'daimon.node'),
  ];
  if (folder.endsWith(join('node_modules', 'daimon', 'dist'))) {
    const installed = join('@daimon', TARGET, 'daimon.node');
    paths.push(join(folder, '../node_modules', installed), join(folder, '../..', installed));
  }
  return paths.find((path) => existsSync(path)) ?? null;
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
        `Install it anew: npm install ${PLATFORM_PACKAGE}. In a clone of daimon: npm run compile`,
      { path, cause },
    );
  }
}
