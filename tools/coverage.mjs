// npm run coverage [-- TEST_FILE …]: runs the tests on a build that counts, and prints one table: TypeScript by V8's
// counters in every process that the tests start, C by gcov in every process that has loaded the addon. Which lines never
// ran is in build/coverage/missing.txt, what the tests said in tests.tap.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { cLines } from './c-lines.mjs';
import { instrument } from './instrument.mjs';
import { typescriptLines } from './v8-lines.mjs';

// What is about other builds or machines than this one, or repeats for luck what another test does once.
const LEFT_OUT = new Set(
  (
    'sanitizers leak torture prebuilt bundled installed foreign-machines node-matrix preload-hygiene runtimes demo ' +
    'pid-reuse killed-at-a-call shutdown-storms races'
  ).split(' '),
);
const isLeftOut = (name) => LEFT_OUT.has(name) || name.startsWith('windows-');

const folder = await instrument('coverage');
const given = process.argv.slice(2);
const files = (given.length > 0 ? given : testFiles()).filter(
  (file) => !isLeftOut(basename(file, '.test.ts')),
);
const counters = join(folder, 'v8');
mkdirSync(counters);
for (const open of [counters, join(folder, 'objects')]) chmodSync(open, 0o1777);

function testFiles() {
  return readdirSync(join(folder, 'test'), { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test', name))
    .sort();
}

const ran = spawnSync(
  process.execPath,
  [
    '--import',
    'tsx',
    '--test',
    '--test-reporter=tap',
    `--test-concurrency=${availableParallelism()}`,
    ...files,
  ],
  {
    cwd: folder,
    env: { ...process.env, NODE_V8_COVERAGE: counters, GCOV_ERROR_FILE: '/dev/null' },
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  },
);
writeFileSync(join(folder, 'tests.tap'), ran.stdout);
const failed = ran.stdout.split('\n').filter((line) => line.startsWith('not ok'));

function table(title, lines, groupOf) {
  const groups = new Map();
  for (const { file, covered, all } of lines) {
    const group = groups.get(groupOf(file)) ?? { covered: 0, all: 0, least: [] };
    groups.set(groupOf(file), {
      covered: group.covered + covered,
      all: group.all + all,
      least: [...group.least, { file, covered, all }],
    });
  }
  const row = (name, covered, all, rest = '') =>
    console.log(
      `${name.padEnd(34)} ${String(covered).padStart(6)} of ${String(all).padStart(6)}  ${percent(covered, all)}%  ${rest}`,
    );
  console.log(`\n${title}`);
  for (const [name, { covered, all, least }] of [...groups].sort()) {
    const worst = least
      .filter((one) => one.covered < one.all)
      .sort((a, b) => b.all - b.covered - (a.all - a.covered))[0];
    row(
      `  ${name}`,
      covered,
      all,
      worst === undefined ? '' : `most missing: ${worst.file} (${worst.all - worst.covered})`,
    );
  }
  const sum = (key) => lines.reduce((total, line) => total + line[key], 0);
  row(`  all of ${title}`, sum('covered'), sum('all'));
  return (100 * sum('covered')) / sum('all');
}

const percent = (covered, all) => (all === 0 ? 100 : (100 * covered) / all).toFixed(1).padStart(5);
const isForeign = (file) => /\/(windows|darwin|freebsd|kqueue|win32)/.test(file);
console.log(
  `${files.length} test files; ${failed.length} tests failed on this build${failed.length > 0 ? `:\n  ${failed.join('\n  ')}` : ''}`,
);
const typescript = typescriptLines(folder, counters);
const hereTs = table(
  'TypeScript',
  typescript.filter(({ file }) => !isForeign(file)),
  (file) => file.split('/').slice(0, 2).join('/'),
);
const c = cLines(join(folder, 'objects'));
const hereC = table('C', c, (file) => file);
writeFileSync(
  join(folder, 'missing.txt'),
  [...typescript, ...c]
    .filter(({ missing }) => missing.length > 0)
    .map(({ file, missing }) => `${file}: ${missing.join(' ')}\n`)
    .join(''),
);

// One and a half below what was measured (93.6 and 95.6: docs/instruments.md), as what is killed does not count: a guard
// against tests that no longer run, not a goal.
const LEAST_PERCENT = { typescript: 92, c: 94 };
if (given.length === 0 && (hereTs < LEAST_PERCENT.typescript || hereC < LEAST_PERCENT.c))
  process.exitCode = 1;
