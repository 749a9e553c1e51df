import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processesNaming, type Ran, type Sandbox } from './sandbox.ts';

/**
 * Expects a start to fail as a user should see it: this status, these words on stderr, no stack trace
 * of ours, and nothing left: no process, no PID file, no lock, no record, no empty log.
 */
export function assertFailed(box: Sandbox, ran: Ran, status: number, words: RegExp): void {
  assert.equal(ran.status, status, ran.stdout + ran.stderr);
  assert.match(ran.stderr, words);
  assert.match(ran.stderr, /^daimon: /);
  assert.doesNotMatch(ran.stderr, /bug in daimon|dist\/cli\.cjs:|src\/(launch|cli)\//);
  assert.equal(ran.stdout, '');
  assertNothingLeft(box);
}

export function assertNothingLeft(box: Sandbox): void {
  assert.deepEqual(processesNaming(box.folder), []);
  assert.deepEqual(filesIn(join(box.home, 'run')), []);
  assert.deepEqual(filesIn(join(box.home, 'state')), []);
  const logs = join(box.home, 'logs');
  assert.deepEqual(
    filesIn(logs).filter((name) => statSync(join(logs, name)).size === 0),
    [],
  );
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
