// Which files of native/ make up the addon of an operating system.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const native = join(dirname(fileURLToPath(import.meta.url)), '..', 'native');

// native/*.c is for all: the door, and JavaScript's values. The folders beside it each say who uses them.
const FOLDERS = {
  linux: ['posix', 'linux'],
  darwin: ['posix', 'kqueue', 'darwin'],
  freebsd: ['posix', 'kqueue', 'freebsd'],
  win32: ['win32'],
};

/** `os` as `process.platform` names it. */
export function nativeSources(os) {
  const folders = ['.', ...(FOLDERS[os] ?? FOLDERS.linux)].map((name) => join(native, name));
  const sources = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.c'))
      .map((name) => join(folder, name)),
  );
  const { include_dir: nodeHeaders } = createRequire(import.meta.url)('node-api-headers');
  return { sources, includes: [...folders, nodeHeaders].map((folder) => `-I${folder}`) };
}
