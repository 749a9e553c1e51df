import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const DOCS = join(import.meta.dirname, '../../../docs');
const LINK_TO_TEST = /\]\((\.\.\/test\/[^ )]+)(?: (["'])(.*?)\2)?\)/g;
const TITLE = /\b(?:test|it|describe)\(\s*(['"`])((?:(?!\1)[^\\]|\\.)*)\1/g;
// What is put into a title when it runs.
const INSERTED = /\$\{[^}]*\}/;

/** The titles of a file's tests; in those that are made of parts, any text may stand in their place. */
function titlesOf(source: string): RegExp[] {
  return [...source.matchAll(TITLE)].map(([, , title = '']) => {
    const fixed = title.split(INSERTED).map((part) => part.replace(/[.*+?^$()|[\]{}\\]/g, '\\$&'));
    return new RegExp(`^${fixed.join('.+')}$`);
  });
}

test('comparison.md: every ✓ that leads to a test names one that is there', () => {
  const page = readFileSync(join(DOCS, 'comparison.md'), 'utf8');
  const links = [...page.matchAll(LINK_TO_TEST)];
  assert.ok(links.length > 30, `only ${links.length} links`);
  for (const [, path = '', , title] of links) {
    const file = join(DOCS, path);
    assert.ok(existsSync(file), `there is no ${path}`);
    if (title === undefined) continue;
    const titles = titlesOf(readFileSync(file, 'utf8'));
    assert.ok(
      titles.some((known) => known.test(title)),
      `${path} has no test "${title}"`,
    );
  }
});
