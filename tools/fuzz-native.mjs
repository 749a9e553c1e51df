// npm run fuzz:native -- [--minutes N] [--seed N]: the harnesses of test/fuzz, guided by coverage. Needs clang with libFuzzer
// (Debian: clang, libclang-rt-14-dev). What they find stays in build/fuzz, as does what they have learnt.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

// Beside the file of the addon that a harness includes: what that calls.
const CALLED = {
  plan: ['native/linux/pidfds.c'],
  datagram: [],
  proc: ['test/fuzz/family-reads.c'],
};
const SHARED = [
  'native/value.c',
  'native/posix/errors.c',
  'native/posix/descriptors.c',
  'native/linux/launch.c',
  'test/fuzz/values.c',
];

const SANITIZERS = { random: 'address,undefined', libfuzzer: 'fuzzer,address,undefined' };

export const HARNESSES = Object.keys(CALLED);

export function compileHarness(name, output, compiler, guide) {
  const { include_dir: nodeHeaders } = createRequire(import.meta.url)('node-api-headers');
  const folders = ['native', 'native/posix', 'native/linux', 'test/fuzz', nodeHeaders];
  const words = [
    ...['-std=gnu11', '-g', '-O1', '-D_GNU_SOURCE'],
    ...[`-fsanitize=${SANITIZERS[guide]}`, '-fno-sanitize-recover=all'],
    // Of Node-API there is only what readers of arguments use: values.c.
    ...['-no-pie', '-Wl,--unresolved-symbols=ignore-all'],
    ...folders.map((folder) => `-I${folder}`),
    ...[`test/fuzz/${name}.c`, `test/fuzz/${guide}.c`, ...SHARED, ...CALLED[name], '-o', output],
  ];
  const ran = spawnSync(compiler, words, { cwd: root, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${compiler}: ${ran.error?.message ?? ran.stderr}`);
}

async function fuzz(name, minutes, seed) {
  const folder = join(root, 'build/fuzz', name);
  mkdirSync(join(folder, 'corpus'), { recursive: true });
  compileHarness(name, join(folder, name), 'clang', 'libfuzzer');
  const words = [`-seed=${seed}`, `-max_total_time=${minutes * 60}`, '-max_len=8000', 'corpus'];
  const child = spawn(join(folder, name), ['-verbosity=0', '-print_final_stats=1', ...words], {
    cwd: folder,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code, signal] = await once(child, 'exit');
  console.log(
    `${name}: ${code === 0 ? 'nothing found' : `ended with ${signal ?? code}; the input is in ${folder}`}`,
  );
  return code === 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
    },
  });
  for (const name of HARNESSES)
    if (!(await fuzz(name, Number(values.minutes), values.seed))) process.exitCode = 1;
}
