import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import stringWidth from 'string-width';
import { cutText, formatTable } from '../../../src/cli/table.ts';
import { wrapText } from '../../../src/cli/wrap.ts';

const COLUMNS = [
  { title: 'NAME', narrowest: 6 },
  { title: 'PID', align: 'right' as const },
  { title: 'CPU', align: 'right' as const, expendable: 1 },
  { title: 'SAYS', narrowest: 6, expendable: 2 },
];
const row = (...texts: string[]) => texts.map((text) => ({ text }));
const table = (width: number, ...rows: string[][]) =>
  formatTable(
    COLUMNS,
    rows.map((texts) => row(...texts)),
    width,
    stringWidth,
  ).split('\n');

describe('formatTable()', () => {
  const wide = ['webserver', '42', '1%', '日本語のステータス 👩‍👩‍👧 fine'];

  it('keeps everything where there is room', () => {
    assert.deepEqual(table(Number.POSITIVE_INFINITY, wide, ['b', '4021', '0%', '']), [
      'NAME        PID  CPU  SAYS',
      'webserver    42   1%  日本語のステータス 👩‍👩‍👧 fine',
      'b          4021   0%',
    ]);
  });

  it('cuts what is expendable first, then leaves it out, then cuts the rest', () => {
    assert.deepEqual(table(28, wide), [
      'NAME       PID  CPU  SAYS',
      'webserver   42   1%  日本語…',
    ]);
    assert.deepEqual(table(20, wide), ['NAME       PID  CPU', 'webserver   42   1%']);
    assert.deepEqual(table(12, wide), ['NAME     PID', 'webser…   42']);
  });

  for (const width of [12, 20, 40, 80, 200]) {
    it(`is never wider than ${width} columns`, () => {
      for (const line of table(width, wide, ['ü', '1', '', 'ok']))
        assert.ok(stringWidth(line) <= width, line);
    });
  }

  it('leaves a column out that is empty, and pads what is painted by what is seen', () => {
    const painted = [
      { text: 'a', paint: (text: string) => `\u001b[31m${text}\u001b[39m` },
      { text: '1' },
      { text: '' },
      { text: '' },
    ];
    const lines = formatTable(COLUMNS, [painted], 80, stringWidth).split('\n');
    assert.deepEqual(lines, ['NAME  PID', '\u001b[31ma\u001b[39m       1']);
  });
});

it('cutText() cuts no character that is seen as one', () => {
  assert.equal(cutText('👩‍👩‍👧👩‍👩‍👧', 3, stringWidth), '👩‍👩‍👧…');
  assert.equal(cutText('日本語', 4, stringWidth), '日…');
});

describe('wrapText()', () => {
  const cases: [string, number, string[]][] = [
    ['one two three', 7, ['one two', 'three']],
    ['日本語 日本語', 7, ['日本語', '日本語']],
    ['/a/very/long/path x', 6, ['/a/ver', 'y/long', '/path', 'x']],
    ['', 10, ['']],
    ['all on one', Number.POSITIVE_INFINITY, ['all on one']],
  ];
  for (const [text, width, lines] of cases)
    it(`${JSON.stringify(text)} in ${width}`, () =>
      assert.deepEqual(wrapText(text, width, stringWidth), lines));
});
