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

// The columns of the page, by the names that npm run compare has for them.
const TRIED = new Map([
  ['setsid -f', 'setsid -f'],
  ['daemonize', 'daemonize'],
  ['start-stop-daemon', 'start-stop-daemon'],
  ['libslack daemon', 'libslack daemon'],
  ['python-daemon', 'python-daemon'],
  ['daemonize2', 'daemonize2'],
  ['forever', 'forever 4'],
  ['pm2, its manager running', 'pm2 7'],
  ['daimon', 'daimon'],
]);

interface Cell {
  readonly column: string;
  readonly row: string;
  readonly text: string;
}

function cellsOf(page: string): Cell[] {
  const cells: Cell[] = [];
  let columns: string[] = [];
  for (const line of page.split('\n')) {
    if (!line.startsWith('|')) columns = [];
    const [row = '', ...texts] = line
      .split('|')
      .slice(1, -1)
      .map((text) => text.trim());
    if (row.startsWith('---')) continue;
    if (columns.length === 0) columns = texts;
    else
      for (const [i, text] of texts.entries()) cells.push({ column: columns[i] ?? '', row, text });
  }
  return cells;
}

test('comparison.md: what npm run compare has seen is what the page says', () => {
  const read = (name: string) => cellsOf(readFileSync(join(DOCS, name), 'utf8'));
  const [said, tried] = [read('comparison.md'), read('comparison-tried.md')];
  const differing: string[] = [];
  let compared = 0;
  for (const { column, row, text } of tried.filter((cell) => TRIED.has(cell.column))) {
    for (const cell of said.filter((one) => one.row === row && one.column === TRIED.get(column))) {
      compared++;
      // What comes out one way or the other is no ✓, whatever was seen last.
      const isOpen = cell.text.startsWith('by luck') || cell.text === 'the same';
      if (!isOpen && !cell.text.replace('[', '').startsWith(text))
        differing.push(`${row}, ${column}: "${cell.text}", but ${text} was seen`);
    }
    if (column === 'daimon' && text !== '✓') differing.push(`${row}: ${text} of daimon`);
  }
  assert.deepEqual(differing, []);
  assert.ok(compared > 120, `only ${compared} cells`);
});
