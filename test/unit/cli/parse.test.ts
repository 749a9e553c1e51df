import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../../src/cli/command.ts';
import { parseArguments } from '../../../src/cli/parse.ts';

const COMMAND: Command = {
  name: 'try',
  usage: 'try',
  summary: 'try',
  positionals: 'names',
  examples: [],
  exitStatuses: [],
  load: () => Promise.reject(new Error('not to be loaded')),
  options: [
    { name: 'name', short: 'n', value: 'NAME', help: '' },
    { name: 'env', short: 'e', value: 'KEY=VALUE', multiple: true, help: '' },
    { name: 'all', short: 'a', help: '' },
    { name: 'json', short: 'j', help: '' },
  ],
} as Command;

const TABLE: readonly [
  words: string,
  options: Record<string, unknown>,
  positionals: string[],
  rest: string[],
][] = [
  ['', {}, [], []],
  ['a b', {}, ['a', 'b'], []],
  ['--name x a', { name: ['x'] }, ['a'], []],
  ['--name=x=y a', { name: ['x=y'] }, ['a'], []],
  ['-n x', { name: ['x'] }, [], []],
  ['-nx', { name: ['x'] }, [], []],
  ['-aj', { all: true, json: true }, [], []],
  ['-ajn x', { all: true, json: true, name: ['x'] }, [], []],
  ['-ajnx', { all: true, json: true, name: ['x'] }, [], []],
  ['--name -5', { name: ['-5'] }, [], []],
  ['-e A=1 --env B=2', { env: ['A=1', 'B=2'] }, [], []],
  ['a --all -- --name x', { all: true }, ['a'], ['--name', 'x']],
  ['-', {}, ['-'], []],
];

for (const [words, options, positionals, rest] of TABLE) {
  test(`parseArguments() reads: ${words}`, () => {
    const parsed = parseArguments(COMMAND, words === '' ? [] : words.split(' '));
    assert.deepEqual(Object.fromEntries(parsed.options), options);
    assert.deepEqual(parsed.positionals, positionals);
    assert.deepEqual(parsed.rest, rest);
  });
}

for (const [words, message] of [
  ['--nam x', /Did you mean --name/],
  ['-z', /no option -z/],
  ['--name', /--name needs a value/],
  ['-n', /-n needs a value/],
  ['--name --json', /--name needs a value/],
  ['--name=', /--name needs a value/],
  ['--json=1', /switch and takes no value/],
] as const) {
  test(`parseArguments() refuses: ${words}`, () => {
    assert.throws(() => parseArguments(COMMAND, words.split(' ')), {
      name: 'DaemonError',
      message,
    });
  });
}
