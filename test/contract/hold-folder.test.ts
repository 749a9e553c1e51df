import assert from 'node:assert/strict';
import {
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { system } from '../../src/os/index.ts';
import { Sandbox } from '../helpers/sandbox.ts';

const NOBODY = 65534;

function folderOf(t: TestContext) {
  const folder = join(new Sandbox(t).folder, 'held');
  mkdirSync(folder);
  return { folder, lock: join(folder, '.lock') };
}

function hold(folder: string): { release(): void } {
  const held = system().holdFolder(folder);
  assert.ok(held !== null && held !== 'held', String(held));
  return held;
}

test('one at a time holds a folder; its lock file is private, and goes with the last other file', (t) => {
  const { folder, lock } = folderOf(t);
  const held = hold(folder);
  assert.equal(system().holdFolder(folder), 'held');
  assert.equal(statSync(lock).mode & 0o7777, 0o600);
  const { ino } = statSync(lock);
  writeFileSync(join(folder, 'a'), '');
  held.release();
  hold(folder).release();
  assert.equal(statSync(lock).ino, ino);
  const last = hold(folder);
  rmSync(join(folder, 'a'));
  last.release();
  assert.deepEqual(readdirSync(folder), []);
  assert.equal(system().holdFolder(join(folder, 'missing')), null);
  assert.equal(system().holdFolder(lock), null);
});

test('a lock file that was removed while it was held is made anew, and the old one holds nobody up', (t) => {
  const { folder, lock } = folderOf(t);
  const first = hold(folder);
  rmSync(lock);
  const second = hold(folder);
  assert.equal(system().holdFolder(folder), 'held');
  first.release();
  assert.equal(existsSync(lock), true);
  assert.equal(system().holdFolder(folder), 'held');
  second.release();
});

test('a lock file that others could have prepared is refused', (t) => {
  for (const prepare of [
    (lock: string) => symlinkSync('/etc/hostname', lock),
    (lock: string) => mkdirSync(lock),
    (lock: string) => {
      writeFileSync(`${lock}.other`, '');
      linkSync(`${lock}.other`, lock);
    },
  ]) {
    const { folder, lock } = folderOf(t);
    prepare(lock);
    assert.throws(() => system().holdFolder(folder));
  }
});

test('root leaves a lock file in the folder of another user that this user can use, and uses theirs', {
  skip: process.getuid?.() !== 0 && 'needs root',
}, (t) => {
  const { folder, lock } = folderOf(t);
  chownSync(folder, NOBODY, NOBODY);
  writeFileSync(join(folder, 'theirs'), '');
  hold(folder).release();
  assert.equal(statSync(lock).uid, NOBODY);
  hold(folder).release();
  chownSync(lock, NOBODY - 1, NOBODY);
  assert.throws(() => system().holdFolder(folder), { code: 'UNSAFE_FILE' });
});
