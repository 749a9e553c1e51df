import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import stringWidth from 'string-width';
import { allCommands } from '../../../src/cli/commands.ts';
import { formatHelp, formatOverview } from '../../../src/cli/help.ts';

const WIDTH = 80;

const tooWide = (text: string) => text.split('\n').filter((line) => stringWidth(line) > WIDTH);

describe('help', () => {
  it('fits 80 columns', () => {
    assert.deepEqual(tooWide(formatOverview(allCommands(), WIDTH)), []);
    for (const command of allCommands()) {
      assert.deepEqual(tooWide(formatHelp(command, WIDTH)), [], command.name);
    }
  });

  it('tells of each command its usage, every option, an example and the exit status', () => {
    for (const command of allCommands()) {
      const text = formatHelp(command, WIDTH);
      assert.ok(text.startsWith(`Usage: daimon ${command.name}`), command.name);
      for (const { name } of command.options) assert.match(text, new RegExp(`--${name}\\b`));
      assert.match(text, /\nExamples:\n {2}\S/, command.name);
      assert.match(text, /\nExit status:\n {2}[0N]/, command.name);
      assert.ok(
        formatOverview(allCommands(), WIDTH).includes(`\n  ${command.name} `),
        command.name,
      );
    }
  });

  it('gives no short option two meanings', () => {
    for (const { name, options } of allCommands()) {
      const shorts = options.flatMap(({ short }) => short ?? []);
      assert.equal(new Set(shorts).size, shorts.length, name);
    }
  });
});
