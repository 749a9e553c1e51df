// Compiles native/ into one Node-API addon: dist/daimon.node.
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nativeSources } from './native-sources.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { sources, includes } = nativeSources(process.platform);
const output = join(root, 'dist', 'daimon.node');
const compiler = process.env.CC ?? 'cc';
// -z nodelete: signal handlers and threads outlive the worker thread that loaded the addon.
// -e: the addon is also a small program, see native/linux/watchdog.c.
const linux = ['-Wl,-z,nodelete', '-Wl,-e,daimon_watchdog_entry'];
const flags = ['-std=gnu11', '-O2', '-fPIC', '-fvisibility=hidden', '-shared', '-pthread'];
if (process.platform === 'linux') flags.push(...linux);
const warnings = ['-Wall', '-Wextra', '-Werror=implicit-function-declaration'];

mkdirSync(dirname(output), { recursive: true });
// Linked beside the target and renamed: a process that has the old file mapped keeps it.
const partial = `${output}.${process.pid}`;
const result = spawnSync(
  compiler,
  [...flags, ...warnings, ...includes, '-o', partial, ...sources],
  { stdio: 'inherit' },
);
if (result.error) {
  console.error(
    `Cannot compile daimon's native part: "${compiler}" could not be run (${result.error.message}). ` +
      'Install a C compiler: "apt-get install gcc libc6-dev", "dnf install gcc", "apk add build-base" or "xcode-select --install".',
  );
  process.exit(1);
}
if (result.status !== 0) process.exit(result.status ?? 1);
renameSync(partial, output);
