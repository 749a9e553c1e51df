import assert from 'node:assert/strict';
import {
  closeSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { system } from '../../src/os/index.ts';
import * as byNode from '../../src/os/windows-file-status.ts';
import { Sandbox } from '../helpers/sandbox.ts';

test('what the addon tells of files is what Node tells of them', async (t) => {
  const { folder } = new Sandbox(t);
  const at = (name: string) => join(folder, name);
  writeFileSync(at('file'), 'content', { mode: 0o640 });
  linkSync(at('file'), at('second name'));
  mkdirSync(at('folder'), { mode: 0o1777 });
  symlinkSync('file', at('link'));
  symlinkSync('nowhere', at('dangling'));
  symlinkSync('loop', at('loop'));
  const paths = ['file', 'second name', 'folder', 'link', 'dangling', 'missing', 'file/below'].map(
    at,
  );
  const devices = ['/dev/null', '/dev/tty', '/proc/self/exe', '/proc/1/stat', '/', '/tmp'];
  for (const path of [...paths, ...devices]) {
    assert.deepEqual(system().stat(path), byNode.stat(path), `stat ${path}`);
    assert.deepEqual(system().lstat(path), byNode.lstat(path), `lstat ${path}`);
  }
  for (const look of [system().stat, byNode.stat])
    assert.throws(() => look(at('loop')), { code: 'ELOOP' });
  for (const look of [system().lstat, byNode.lstat])
    assert.throws(() => look(at('x'.repeat(256))), { code: 'ENAMETOOLONG' });
});

test('what the addon tells of open files is what Node tells of them', async (t) => {
  const box = new Sandbox(t);
  const fifo = join(box.folder, 'fifo');
  await box.run(['mkfifo', fifo]);
  for (const [path, flags] of [
    [fifo, 'r+'],
    ['/dev/null', 'r'],
    [box.folder, 'r'],
    ['/proc/self/status', 'r'],
  ] as const) {
    const fd = openSync(path, flags);
    assert.deepEqual(system().fstat(fd), byNode.fstat(fd), path);
    assert.equal(system().fstat(fd)?.mode, fstatSync(fd).mode);
    closeSync(fd);
    assert.equal(system().fstat(fd), null);
  }
  assert.equal(system().fstat(-1), null);
});

test('a file keeps its id under another name, and another file has another', (t) => {
  const { folder } = new Sandbox(t);
  const [path, moved] = [join(folder, 'file'), join(folder, 'moved')];
  writeFileSync(path, '');
  const id = system().lstat(path)?.id;
  const { dev, ino, birthtimeNs } = lstatSync(path, { bigint: true });
  assert.equal(id, `${dev}:${ino}:${birthtimeNs}`);
  renameSync(path, moved);
  writeFileSync(path, '');
  assert.equal(system().lstat(moved)?.id, id);
  assert.notEqual(system().lstat(path)?.id, id);
});
