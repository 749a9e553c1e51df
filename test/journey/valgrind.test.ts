import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { instrument } from '../../tools/instrument.mjs';
import { compile } from '../helpers/compile.ts';
import { FIXTURES, Sandbox } from '../helpers/sandbox.ts';

const NATIVE = fileURLToPath(new URL('../../native/', import.meta.url));

// 10 s of processor time, and other tests run beside.
const DEADLINE_MS = 220_000;

const VALGRIND = [
  ...['valgrind', '--leak-check=full', '--show-leak-kinds=definite,indirect', '--num-callers=20'],
  // Frames name their source by its whole path.
  ...['--fullpath-after=', '--error-limit=no'],
  // Node writes code of its own; --jitless leaves little of it.
  ...['--smc-check=all-non-file', '--log-file=valgrind.log'],
];

/**
 * Runs a script on Node under Memcheck, and what it forks until that executes something. Node has
 * records of its own; these are the ones with a frame in the given source.
 */
async function recordsOf(box: Sandbox, source: string, ...script: string[]): Promise<string[]> {
  const ran = await box.run([...VALGRIND, process.execPath, '--jitless', ...script], {
    env: { ...box.environment, UNDER_VALGRIND: '1' },
    deadlineMs: DEADLINE_MS,
  });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
  const log = readFileSync(join(box.folder, 'valgrind.log'), 'utf8');
  const [, pid] = /^==(\d+)== Memcheck/.exec(log) ?? [];
  assert.match(log, new RegExp(`^==${pid}== HEAP SUMMARY`, 'm'));
  return log
    .split(/^==\d+== $/m)
    .filter((record) => record.includes(`(${source}`))
    .filter((record) => !/ lost in loss record /.test(record) || record.includes(`==${pid}==`)); // a child loses all it does not share with execve(2)
}

describe('under valgrind', {
  skip: spawnSync('valgrind', ['--version']).status !== 0 && 'no valgrind',
}, () => {
  test('the addon makes no bad access and loses nothing', async (t) => {
    const box = new Sandbox(t);
    const addon = join(await instrument('debug'), 'dist/daimon.node');
    const script = join(FIXTURES, 'exercises-addon.cjs');
    assert.deepEqual(await recordsOf(box, NATIVE, script, addon, box.folder), []);
  });

  test('and each of the planted defects is found', async (t) => {
    const box = new Sandbox(t);
    const headers: string = createRequire(import.meta.url)('node-api-headers').include_dir;
    const addon = await compile(
      box,
      'has-defects.c',
      '-g',
      '-O0',
      '-fPIC',
      '-shared',
      `-I${headers}`,
    );
    const script = box.file(
      'commits.cjs',
      'const it = { exports: {} }; process.dlopen(it, process.argv[2]); it.exports.commit();',
    );
    const records = await recordsOf(box, FIXTURES, script, addon);
    const found = records.map((record) => {
      const kind = /^==\d+== (.*?)(?: in loss record.*)?$/m.exec(record)?.[1];
      return `${kind}: ${/: (\w+) \([^)]*has-defects\.c/.exec(record)?.[1]}`;
    });
    assert.deepEqual(
      found.sort(),
      [
        '1,000 bytes in 1 blocks are definitely lost: forget',
        'Conditional jump or move depends on uninitialised value(s): judge_what_was_never_set',
        'Invalid read of size 1: read_past_end',
        'Invalid read of size 1: read_past_end', // in the child
        'Invalid write of size 1: write_what_is_freed',
        'Syscall param write(buf) points to uninitialised byte(s): hand_over_what_was_never_set',
      ],
      records.join('\n'),
    );
  });
});
