import { chmodSync, chownSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Ran, Sandbox } from './sandbox.ts';

/** A user who is in no database: root makes one by number. */
export const ATTACKER = 54_321;

/** What runs a command as the attacker, with no group of ours. */
export const AS_ATTACKER = [
  'setpriv',
  `--reuid=${ATTACKER}`,
  `--regid=${ATTACKER}`,
  '--clear-groups',
] as const;

/** `daimon start` for the attacker's user; it has no entry that could tell its group. */
export const FOR_ATTACKER = ['--user', `${ATTACKER}:${ATTACKER}`] as const;

export interface Scene {
  readonly box: Sandbox;
  /** Of root's, closed to others. */
  readonly closed: string;
  /** Of the attacker's. */
  readonly theirs: string;
  /** Runs a shell script as the attacker, in their folder. */
  attack(script: string, ...args: string[]): Promise<Ran>;
}

/** A sandbox whose way is open to all, with a folder of the attacker's and one of root's in it. */
export function scene(t: TestContext): Scene {
  const box = new Sandbox(t);
  chmodSync(box.folder, 0o755);
  const theirs = mkdtempSync(join(box.folder, 'theirs-'));
  chmodSync(theirs, 0o755);
  chownSync(theirs, ATTACKER, ATTACKER);
  const closed = join(box.folder, 'closed');
  mkdirSync(closed, { mode: 0o700 });
  return {
    box,
    closed,
    theirs,
    attack: (script, ...args) =>
      box.run([...AS_ATTACKER, 'sh', '-c', script, 'sh', ...args], { cwd: theirs }),
  };
}
