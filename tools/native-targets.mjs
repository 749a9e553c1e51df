// What the addon is compiled for, and how.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nativeSources } from './native-sources.mjs';
import { zigPath } from './node-cache.mjs';

const here = fileURLToPath(import.meta.url);
const native = join(dirname(here), '..', 'native');

const zig = (target) => ({
  compiler: [zigPath(), 'cc', '-target', target],
  remedy: 'node tools/fetch-nodes.mjs',
});

/** Those that are published, each with the compiler that builds it on another machine. */
export const TARGETS = {
  'linux-x64': {
    compiler: ['x86_64-linux-gnu-gcc'],
    remedy: 'apt-get install gcc-x86-64-linux-gnu libc6-dev-amd64-cross',
  },
  'linux-arm64': {
    compiler: ['aarch64-linux-gnu-gcc'],
    remedy: 'apt-get install gcc-aarch64-linux-gnu libc6-dev-arm64-cross',
  },
  'win32-x64': {
    compiler: ['x86_64-w64-mingw32-gcc'],
    remedy: 'apt-get install gcc-mingw-w64-x86-64',
  },
  'win32-arm64': zig('aarch64-windows.win10-gnu'),
  'darwin-x64': zig('x86_64-macos.11.0'),
  'darwin-arm64': zig('aarch64-macos.11.0'),
  'freebsd-x64': zig('x86_64-freebsd.14.0'),
  'freebsd-arm64': zig('aarch64-freebsd.14.0'),
};

const COMMON = ['-std=gnu11', '-O2', '-fPIC', '-fvisibility=hidden', '-shared', '-Wall', '-Wextra'];

const FLAGS_BY_OS = {
  // Without a C library: one file for glibc and musl, see native/linux/libc.h; nor has the watchdog in it a place in
  // thread-local memory, where the stack protector keeps its number.
  // -z nodelete: signal handlers and threads outlive the worker thread that loaded the addon.
  // -e: the addon is also a small program, see native/linux/watchdog.c.
  linux: [
    ...['-nostdlib', '-fno-stack-protector', '-include', join(native, 'linux', 'libc.h')],
    ...['-Werror=implicit-function-declaration', '-Wl,-z,nodelete', '-Wl,-e,daimon_watchdog_entry'],
  ],
  // Node's functions are found in the program that loads it.
  darwin: ['-Wl,-undefined,dynamic_lookup', '-Wl,-install_name,@rpath/daimon.node'],
  // -z nodelete as on Linux.
  freebsd: ['-pthread', '-Wl,-z,nodelete'],
  // Node's functions are declared as another module's: native/win32/node-functions.c.
  win32: ['-DBUILDING_NODE_EXTENSION'],
};

/** What comes after the sources: the linker takes from a library what it lacks by then. */
const LIBRARIES_BY_OS = { win32: ['-ladvapi32', '-luser32'] };

const FLAGS_BY_TARGET = {
  // From the same sources the same file: else it holds the time, and an address by the name of the output.
  // 0x0A00: Windows 10; zig says so by its target.
  'win32-x64': [
    ...['-D_WIN32_WINNT=0x0A00', '-static-libgcc'],
    ...['-Wl,--no-insert-timestamp', '-Wl,--image-base,0x180000000'],
  ],
  'linux-arm64': ['-mno-outline-atomics'], // they would be functions of libgcc, which ask glibc for the CPU
};

/** Whether the file was made after all it is made from. */
export function isFresh(target, output) {
  if (!existsSync(output)) return false;
  const { sources, includes } = nativeSources(target.split('-')[0]);
  const folders = includes.map((include) => include.slice('-I'.length));
  const headers = folders.flatMap((folder) =>
    readdirSync(folder).map((name) => join(folder, name)),
  );
  const made = statSync(output).mtimeMs;
  return [...sources, ...headers, ...folders, here].every((path) => statSync(path).mtimeMs < made);
}

/** Compiles the addon for a target into the file `output`; what spawnSync() tells of it. */
export function compileNative(target, [command, ...options], output, extra = []) {
  const os = target.split('-')[0];
  const { sources, includes } = nativeSources(os);
  const flags = [
    ...COMMON,
    ...(FLAGS_BY_OS[os] ?? []),
    ...(FLAGS_BY_TARGET[target] ?? []),
    ...extra,
  ];
  mkdirSync(dirname(output), { recursive: true });
  // Linked beside the target and renamed: a process that has the old file mapped keeps it.
  const folder = mkdtempSync(`${output}.`);
  const partial = join(folder, basename(output));
  const libraries = LIBRARIES_BY_OS[os] ?? [];
  const words = [...options, ...flags, ...includes, '-o', partial, ...sources, ...libraries];
  const result = spawnSync(command, words, { stdio: 'inherit' });
  if (result.status === 0) renameSync(partial, output);
  rmSync(folder, { recursive: true });
  return result;
}
