// A copy of the project whose addon, or whose JavaScript too, is built to be watched: in build/<kind>.
//   coverage    counts lines: V8 for TypeScript, from maps of every bundle; gcov for C
//   sanitized   AddressSanitizer and UndefinedBehaviorSanitizer in the addon
//   debug       as it is, with line numbers: for valgrind
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { nativeSources } from './native-sources.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const COPIED = ['src', 'test', 'tools', 'native', 'examples', 'docs', 'dist', 'package.json'];
const TEXTS = ['tsconfig.json', 'tsconfig.build.json', 'README.md', 'CHANGELOG.md', 'SECURITY.md'];

// The program in the addon runs without a C library (native/linux/watchdog.c): nothing may be put into it.
const BARE = new Set(['family.c', 'watchdog.c']);

const FLAGS = {
  // execve(2) stays plain: gcov's own would write down what the launcher has counted, and stop counting.
  coverage: ['-O0', '--coverage', '-fprofile-update=atomic', '-fno-builtin', '-include', 'count.h'],
  sanitized: ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=undefined'],
  debug: ['-O1'],
};

// _exit(2) runs no destructors; what was counted is written before. A child that shares our memory must not leave the mark
// that all was written, which lets us write nothing more.
const COUNT_H = `#include <unistd.h>
void __gcov_dump(void);
void __gcov_reset(void);
#define _exit(status) (__gcov_dump(), __gcov_reset(), (_exit)(status))
`;

/** Makes it anew; its folder. */
export async function instrument(kind) {
  const folder = join(root, 'build', kind);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const name of [...COPIED, ...TEXTS])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  compile(kind, folder);
  if (kind === 'coverage') await bundleWithMaps(folder);
  return folder;
}

function compile(kind, folder) {
  const objects = join(folder, 'objects');
  mkdirSync(objects, { mode: 0o777 });
  chmodSync(objects, 0o777); // daemons of other users count, too
  writeFileSync(join(objects, 'count.h'), COUNT_H);
  const { sources, includes } = nativeSources('linux');
  const libc = ['-include', join(root, 'native/linux/libc.h')];
  const common = [
    '-std=gnu11',
    '-g',
    '-fPIC',
    '-fvisibility=hidden',
    '-fno-stack-protector',
    '-fno-omit-frame-pointer',
  ];
  for (const source of sources) {
    const own = BARE.has(basename(source)) ? ['-O2'] : [...FLAGS[kind], ...placesIn(objects)];
    const output = basename(source).replace(/\.c$/, `-${basename(dirname(source))}.o`);
    run('cc', [...common, ...libc, ...own, ...includes, '-c', source, '-o', output], objects);
  }
  const all = sources.map((source) =>
    basename(source).replace(/\.c$/, `-${basename(dirname(source))}.o`),
  );
  const link = ['-shared', '-Wl,-z,nodelete', '-Wl,-e,daimon_watchdog_entry'];
  const flags =
    kind === 'debug'
      ? []
      : FLAGS[kind].filter((flag) => flag.startsWith('-fsanitize') || flag === '--coverage');
  run('cc', [...link, ...flags, '-o', join(folder, 'dist/daimon.node'), ...all], objects);
}

/** Counters go into a folder for each process, named for its pid. */
const placesIn = (objects) => [`-I${objects}`, `-fprofile-dir=${join(objects, '%p')}`];

function run(command, words, cwd) {
  const { status, stderr, error } = spawnSync(command, words, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
}

/** The bundles of tools/build.mjs, with maps, and no exit that V8's counters do not see. */
async function bundleWithMaps(folder) {
  const common = {
    absWorkingDir: folder,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    sourcemap: 'external',
    outdir: 'dist',
  };
  for (const stale of spawnSync('sh', ['-c', 'ls dist | grep -E "\\.(c?js|cache)$"'], {
    cwd: folder,
    encoding: 'utf8',
  }).stdout.split('\n'))
    if (stale) rmSync(join(folder, 'dist', stale));
  const library = { index: 'src/index.ts', worker: 'src/worker.ts' };
  const command = { cli: 'src/cli/main.ts' };
  await build({ ...common, format: 'esm', splitting: true, entryPoints: library });
  await build({
    ...common,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    entryPoints: { preload: 'src/preload.ts' },
  });
  await build({
    ...common,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    entryPoints: command,
    define: {
      'import.meta.url': 'daimonUrl',
      'import.meta.filename': '__filename',
      'import.meta.dirname': '__dirname',
    },
    supported: { 'dynamic-import': false },
    // With a listener the command ends by process.exit(), which writes the counters.
    banner: {
      js: '#!/usr/bin/env node\nconst daimonUrl=require("node:url").pathToFileURL(__filename).href;process.on("exit",()=>{});',
    },
  });
  chmodSync(join(folder, 'dist/cli.cjs'), 0o755);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(await instrument(process.argv[2]));
