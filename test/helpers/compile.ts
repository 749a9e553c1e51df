import assert from 'node:assert/strict';
import { join } from 'node:path';
import { FIXTURES, type Sandbox } from './sandbox.ts';

/** Compiles one of `test/fixtures` into the test's folder; returns the program's path. */
export async function compile(box: Sandbox, fixture: string, ...flags: string[]): Promise<string> {
  const program = join(box.folder, fixture.replace(/\.c$/, ''));
  const ran = await box.run(['cc', '-O1', '-o', program, join(FIXTURES, fixture), ...flags]);
  assert.equal(ran.status, 0, ran.stderr);
  return program;
}
