import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileHarness, HARNESSES } from '../../tools/fuzz-native.mjs';
import { Sandbox } from '../helpers/sandbox.ts';

const SANITIZERS = ['-fsanitize=address,undefined', '-print-file-name=libasan.so'];
const [RUNS, SEED] = ['3000', '1'];

for (const name of HARNESSES) {
  test(`what the addon reads from outside: ${name}, ${RUNS} inputs under sanitizers`, {
    skip: spawnSync('cc', SANITIZERS).status !== 0 && 'no libasan',
  }, async (t) => {
    const box = new Sandbox(t);
    const program = join(box.folder, name);
    compileHarness(name, program, 'cc', 'random');
    const ran = await box.run([program, RUNS, SEED], {
      // Each input is looked at for leaks by the harness itself.
      env: { ...box.environment, ASAN_OPTIONS: 'detect_leaks=0' },
    });
    assert.deepEqual(ran, { status: 0, signal: null, stdout: `${RUNS} inputs\n`, stderr: '' });
  });
}
