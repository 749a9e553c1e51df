import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { StderrCapture } from '../../../../src/launch/self/stderr-capture.ts';

test('StderrCapture is a file without a name, whatever one of the same pid has left there', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'daimon-capture-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const left = `.stderr.${process.pid}`;
  writeFileSync(join(folder, left), 'killed before it could remove it');
  const capture = new StderrCapture(folder);
  t.after(() => capture.close());
  writeSync(capture.fd, 'one\ntwo\n');
  assert.deepEqual(capture.read(), ['one', 'two', '']);
  assert.deepEqual(readdirSync(folder), [left]);
});
