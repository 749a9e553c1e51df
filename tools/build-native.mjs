// Compiles native/ into Node-API addons:
//   build-native.mjs                         for this machine, by cc: dist/daimon.node
//   build-native.mjs all | linux-arm64 …     what is published, across: build/prebuilt/<target>/daimon.node
//   … --skip-missing                         goes on without the targets whose compiler is not there
//   … --keep-fresh                           leaves alone what is newer than its sources
// There is no script "build" in package.json: npm would run "prebuild", the compilers of six systems, before it.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compileNative, isFresh, TARGETS } from './native-targets.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

function buildHere() {
  const compiler = process.env.CC ?? 'cc';
  const target = `${process.platform}-${process.arch}`;
  const { error, status } = compileNative(target, [compiler], join(root, 'dist', 'daimon.node'));
  if (error) {
    console.error(
      `Cannot compile daimon's native part: "${compiler}" could not be run (${error.message}). ` +
        'Install a C compiler: "apt-get install gcc libc6-dev", "dnf install gcc", "apk add build-base" or "xcode-select --install".',
    );
  }
  return status === 0;
}

function buildAcross(target, { 'skip-missing': maySkip, 'keep-fresh': mayKeep }) {
  const { compiler, remedy } = TARGETS[target];
  const output = join(root, 'build', 'prebuilt', target, 'daimon.node');
  if (mayKeep && isFresh(target, output)) return true;
  const { error, status } = compileNative(target, compiler, output, ['-s', '-Werror']);
  if (status === 0) console.log(`prebuild: ${target} is in ${output}`);
  else if (!error) console.error(`prebuild: ${target} did not compile`);
  else {
    const skip = maySkip ? 'left out' : 'missing; install it, or leave it out by --skip-missing';
    console.error(`prebuild: ${target} is ${skip}. It needs ${compiler[0]}: ${remedy}`);
    return maySkip;
  }
  return status === 0;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'skip-missing': { type: 'boolean', default: false },
    'keep-fresh': { type: 'boolean', default: false },
  },
});
const targets = positionals.includes('all') ? Object.keys(TARGETS) : positionals;
const unknown = targets.find((target) => !(target in TARGETS));
if (unknown !== undefined) {
  console.error(
    `prebuild: no target "${unknown}"; there are: ${Object.keys(TARGETS).join(', ')}, all`,
  );
  process.exitCode = 2;
} else {
  const built =
    targets.length === 0 ? [buildHere()] : targets.map((target) => buildAcross(target, values));
  if (built.includes(false)) process.exitCode = 1;
}
