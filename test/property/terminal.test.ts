import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatJson, formatJsonLine } from '../../src/cli/output.ts';
import { formatTable } from '../../src/cli/table.ts';
import {
  escapeButColours,
  escapeControls,
  escapeLines,
  escapeWithoutColours,
} from '../../src/spec/escape.ts';
import { holds, textLike } from '../helpers/property.ts';

// Everything of Unicode that moves a cursor, changes a direction or ends a line, but for a tab.
const PLAYS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;
const withoutTabs = (text: string) => text.replaceAll('\t', '');
const COLOUR = /\u001b\[[\d;:]*m/g;

const foreign = textLike(
  'plain',
  '\u001b[31mred',
  '\u001b]0;title\u0007',
  '\u009b2J',
  'a\tb',
  '\u001b[8mhidden',
  '\u202eevil',
  '\r\n',
);

test('escapeControls() leaves nothing that plays on a terminal, and harmless text as it is', () => {
  holds(
    fc.property(foreign, (text) => {
      const safe = escapeControls(text);
      assert.doesNotMatch(withoutTabs(safe), PLAYS);
      assert.equal(escapeControls(safe), safe);
      if (!PLAYS.test(withoutTabs(text))) assert.equal(safe, text);
    }),
  );
});

test('escapeLines() keeps lines, and nothing else that plays', () => {
  holds(
    fc.property(foreign, (text) => {
      const safe = escapeLines(text);
      assert.equal(safe.split('\n').length, text.split('\n').length);
      assert.doesNotMatch(withoutTabs(safe).replaceAll('\n', ''), PLAYS);
    }),
  );
});

test('escapeButColours() lets colours through, and nothing else', () => {
  holds(
    fc.property(foreign, (text) => {
      const safe = escapeButColours(text);
      assert.doesNotMatch(withoutTabs(safe.replace(COLOUR, '')), PLAYS);
      assert.doesNotMatch(safe, /\u001b\[(?:0?;)*8m/);
      if (safe.includes('\u001b')) assert.ok(safe.endsWith('\u001b[0m'));
      assert.doesNotMatch(withoutTabs(escapeWithoutColours(text)), PLAYS);
    }),
  );
});

test('formatJson() is the same value for programs, and harmless to a terminal', () => {
  const value = fc.oneof(fc.jsonValue(), fc.dictionary(foreign, foreign));
  holds(
    fc.property(value, (given) => {
      const text = formatJson(given);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(given)));
      assert.doesNotMatch(text.replaceAll('\n', ''), PLAYS);
      assert.doesNotMatch(formatJsonLine(given), PLAYS);
    }),
  );
});

test('formatTable() has a line for each row, none wider than the terminal', () => {
  const columns = [
    { title: 'NAME', narrowest: 5 },
    { title: 'PID' },
    { title: 'STATUS', narrowest: 5, expendable: 1 },
  ];
  const cell = fc.string({ unit: 'grapheme-ascii', maxLength: 60 }).map((text) => ({ text }));
  const rows = fc.array(
    fc.tuple(
      cell,
      fc.nat(99_999).map((pid) => ({ text: String(pid) })),
      cell,
    ),
  );
  holds(
    fc.property(rows, fc.integer({ min: 20, max: 200 }), (given, widthColumns) => {
      const lines = formatTable(columns, given, widthColumns, (text) => text.length).split('\n');
      assert.equal(lines.length, given.length + 1);
      for (const line of lines) assert.ok(line.length <= widthColumns, line);
    }),
  );
});
