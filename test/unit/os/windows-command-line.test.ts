import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandFor, quoteArgument } from '../../../src/os/windows-command-line.ts';

const SHELL = 'C:\\Windows\\System32\\cmd.exe';

// What CommandLineToArgvW() makes of the right column is the left one; proven by windows-start.test.ts.
const QUOTED: [string, string][] = [
  ['plain', 'plain'],
  ['', '""'],
  ['two words', '"two words"'],
  ['tab\there', '"tab\there"'],
  ['a"b', '"a\\"b"'],
  ['C:\\dir\\', 'C:\\dir\\'],
  ['C:\\my dir\\', '"C:\\my dir\\\\"'],
  ['\\\\" \\', '"\\\\\\\\\\" \\\\"'],
];

for (const [argument, quoted] of QUOTED) {
  test(`quoteArgument() writes ${JSON.stringify(argument)} as ${quoted}`, () => {
    assert.equal(quoteArgument(argument), quoted);
  });
}

test('commandFor() names the program twice, once by its path', () => {
  const file = 'C:\\my dir\\app.exe';
  assert.deepEqual(commandFor(file, ['ignored', 'a b'], SHELL), {
    application: file,
    commandLine: '"C:\\my dir\\app.exe" "a b"',
  });
});

test('commandFor() runs batch files by cmd.exe, with every word in quotes', () => {
  for (const file of ['C:\\b.cmd', 'C:\\b.BAT', 'C:\\b.bat. .']) {
    assert.deepEqual(commandFor(file, [file, 'a & b', '^|<>'], SHELL), {
      application: SHELL,
      commandLine: `"${SHELL}" /d /v:off /s /c ""${file}" "a & b" "^|<>""`,
    });
  }
});

for (const bad of ['%PATH%', 'a"b', 'a!b', 'a\nb', 'a\rb']) {
  test(`commandFor() refuses ${JSON.stringify(bad)} for a batch file`, () => {
    assert.throws(() => commandFor('b.cmd', ['b.cmd', bad], SHELL), { code: 'INVALID_ARGUMENT' });
    assert.throws(() => commandFor(`${bad}.cmd`, ['b.cmd'], SHELL), { code: 'INVALID_ARGUMENT' });
  });
}
