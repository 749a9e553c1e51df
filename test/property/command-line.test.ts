import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allCommands, GLOBAL_OPTIONS } from '../../src/cli/commands.ts';
import { complete } from '../../src/cli/completion/complete.ts';
import { parseArguments } from '../../src/cli/parse.ts';
import { DaemonError } from '../../src/errors.ts';
import { holds, textLike } from '../helpers/property.ts';

const commands = allCommands().map((command) => ({
  ...command,
  options: [...command.options, ...GLOBAL_OPTIONS],
}));
const command = fc.constantFrom(...commands);
const flags = commands.flatMap(({ options }) => options.map(({ name }) => `--${name}`));
const word = fc.oneof(
  textLike(
    'web',
    '--',
    '-',
    '-n',
    '-n5',
    '-abc',
    '--name=x',
    '--grace',
    '--=',
    '---',
    '-=',
    '__proto__',
  ),
  fc.constantFrom(...flags),
);

test('parseArguments() has an answer for every command line: what was said, or what is wrong with it', () => {
  holds(
    fc.property(command, fc.array(word), (known, argv) => {
      try {
        const { options, positionals, rest } = parseArguments(known, argv);
        for (const [name, given] of options) {
          const option = known.options.find((one) => one.name === name);
          assert.equal(given === true, option?.value === undefined);
          if (given !== true)
            for (const text of given) assert.ok(argv.some((one) => one.endsWith(text)));
        }
        for (const text of [...positionals, ...rest]) assert.ok(argv.includes(text));
      } catch (error) {
        assert.ok(error instanceof DaemonError, String((error as Error).stack));
        assert.match(error.code, /^(UNKNOWN_OPTION|INVALID_ARGUMENT)$/);
      }
    }),
  );
});

test('parseArguments() leaves alone what stands behind "--"', () => {
  holds(
    fc.property(fc.array(word), (rest) => {
      const start = commands.find(({ name }) => name === 'start');
      assert.ok(start !== undefined);
      assert.deepEqual(parseArguments(start, ['--name', 'x', 'app', '--', ...rest]).rest, rest);
    }),
  );
});

test('complete() has an answer wherever the cursor is', () => {
  const live = { daemons: () => ['web'], logs: () => ['web'], signals: () => ['TERM'] };
  const names = fc.constantFrom('', 'help', ...commands.map(({ name }) => name));
  holds(
    fc.property(names, fc.array(word), (name, words) => {
      const { candidates } = complete(commands, [name, ...words], live);
      for (const { text } of candidates) assert.equal(typeof text, 'string');
    }),
  );
});
