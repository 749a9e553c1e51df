import { fileURLToPath } from 'node:url';
import { DaemonError } from '../errors.ts';
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

/** Where the addon is: beside the bundles of dist; seen from src, where the tests run, in dist too. */
export function nativePath(): string {
  const place = import.meta.url.endsWith('.ts') ? '../../dist/daimon.node' : './daimon.node';
  return fileURLToPath(new URL(place, import.meta.url));
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
