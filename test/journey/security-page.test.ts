import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const ROOT = new URL('../../', import.meta.url);
const CITED = /\[[\w-]+\]\((test\/[\w/.-]+)\)|"([^"]+)"/g;

test('SECURITY.md: every test that it names is there, by that title', () => {
  const rows = readFileSync(new URL('SECURITY.md', ROOT), 'utf8')
    .split('\n')
    .filter((line) => line.includes('](test/'));
  assert.ok(rows.length > 20);
  for (const row of rows) {
    let source = '';
    for (const [, file, title] of row.split(' | ').at(-1)?.matchAll(CITED) ?? []) {
      if (file !== undefined)
        source = readFileSync(new URL(file, ROOT), 'utf8').replaceAll('\\', '');
      if (title !== undefined) assert.ok(source.includes(title), `no test "${title}"`);
    }
    assert.notEqual(source, '', row);
  }
});
