import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allCommands } from '../../../src/cli/commands.ts';
import { complete } from '../../../src/cli/completion/complete.ts';

const LIVE = {
  daemons: () => ['web', 'worker'],
  logs: () => ['web', 'worker', 'old'],
  signals: () => ['HUP', 'TERM'],
};

const at = (...typed: string[]) => {
  const { delegate, candidates } = complete(allCommands(), typed, LIVE);
  return { delegate, texts: candidates.map(({ text }) => text) };
};

describe('complete()', () => {
  const delegates: [string[], string][] = [
    [['start', ''], 'entry'],
    [['start', 'x.js', '--', ''], 'file'],
    [['run', 'x.js', '--'], 'file'],
    [['run', '--', ''], 'entry'],
    [['run', '--', 'nginx', ''], 'file'],
    [['start', '--cwd', ''], 'folder'],
    [['start', '--user', 'w'], 'user'],
    [['start', '--group=w'], 'group'],
    [['start', '-l', ''], 'file'],
    [['stop', './x'], 'file'],
    [['nonsense', ''], 'none'],
  ];
  for (const [typed, delegate] of delegates)
    it(`${typed.join(' ')}| → ${delegate}`, () => assert.equal(at(...typed).delegate, delegate));

  const lists: [string[], string[]][] = [
    [
      ['stop', ''],
      ['web', 'worker'],
    ],
    [['stop', 'web', ''], ['worker']],
    [
      ['stop', '--grace', '5s', ''],
      ['web', 'worker'],
    ],
    [['stop', '--grace', ''], []],
    [
      ['logs', ''],
      ['web', 'worker', 'old'],
    ],
    [
      ['signal', ''],
      ['HUP', 'TERM'],
    ],
    [
      ['signal', 'HUP', ''],
      ['web', 'worker'],
    ],
    [
      ['stop', '--signal', ''],
      ['HUP', 'TERM'],
    ],
    [
      ['stop', '-s', ''],
      ['HUP', 'TERM'],
    ],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['list', ''], []],
    [['check', 'web', ''], []],
  ];
  for (const [typed, texts] of lists)
    it(`${typed.join(' ')}| → ${texts.join(' ')}`, () =>
      assert.deepEqual(at(...typed).texts, texts));

  it('offers every command, and each option once unless it may be repeated', () => {
    assert.ok(allCommands().every(({ name }) => at('').texts.includes(name)));
    const options = at('start', '--name', 'x', '--env', 'A=1', '--').texts;
    assert.equal(options.includes('--name'), false);
    assert.equal(options.includes('--env'), true);
  });
});
