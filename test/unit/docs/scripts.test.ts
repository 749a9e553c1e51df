import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '../../..');
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const NAMED = /\bnpm run (?:-\S+ )*([\w-]+(?::[\w-]+)*)/g;
// Their own packages, and what is built of ours.
const OTHERS = new Set(['node_modules', 'dist', 'build', 'peers', 'results', '.git', '.tmp']);

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (OTHERS.has(entry.name)) return [];
    if (entry.isDirectory()) return filesIn(path);
    return entry.isFile() && statSync(path).size < 1024 * 1024 ? [path] : [];
  });
}

test('package.json has every script that pages, scripts and sources name', () => {
  const named = filesIn(ROOT).flatMap((path) =>
    [...readFileSync(path, 'latin1').matchAll(NAMED)].map(([, name = '']) => ({ path, name })),
  );
  assert.ok(named.length > 20, `only ${named.length} found`);
  const missing = named.filter(({ name }) => !(name in scripts));
  assert.deepEqual(missing, []);
});
