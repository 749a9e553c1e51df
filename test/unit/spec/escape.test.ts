import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  escapeButColours,
  escapeControls,
  escapeWithoutColours,
} from '../../../src/spec/escape.ts';

describe('escapeControls()', () => {
  const cases: [string, string][] = [
    ['plain ü 🚀\ttab', 'plain ü 🚀\ttab'],
    ['\u001b[2J', '\\x1b[2J'],
    ['a\nb\r', 'a\\x0ab\\x0d'],
    ['\u009b31m', '\\x9b31m'],
    ['\u202eevil', '\\u202eevil'],
  ];
  for (const [given, shown] of cases)
    it(JSON.stringify(given), () => assert.equal(escapeControls(given), shown));
});

describe('escapeButColours()', () => {
  const RESET = '\u001b[0m';
  const cases: [string, string][] = [
    ['plain', 'plain'],
    ['\u001b[31mred', `\u001b[31mred${RESET}`],
    ['\u001b[1;38;5;8mgray 8\u001b[m', `\u001b[1;38;5;8mgray 8\u001b[m${RESET}`],
    ['\u001b[48;2;8;8;8mx', `\u001b[48;2;8;8;8mx${RESET}`],
    ['\u001b[8mhidden', `hidden${RESET}`],
    ['\u001b[1;8mhidden', `hidden${RESET}`],
    ['\u001b[31mred\u001b]0;title\u0007', `\u001b[31mred\\x1b]0;title\\x07${RESET}`],
    ['\u001b[?1049h', '\\x1b[?1049h'],
    ['\u001b[31', '\\x1b[31'],
  ];
  for (const [given, shown] of cases)
    it(JSON.stringify(given), () => assert.equal(escapeButColours(given), shown));
});

it('escapeWithoutColours() takes colours away and escapes the rest', () => {
  assert.equal(escapeWithoutColours('\u001b[31mred\u001b[0m \u001b[2J'), 'red \\x1b[2J');
});
