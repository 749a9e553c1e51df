import assert from 'node:assert/strict';
import test from 'node:test';
import { WINE_SKIP, WineBox } from '../helpers/wine.ts';
import { playScenes } from '../helpers/wine-scenes.ts';

const [CTRL_C, CTRL_BREAK, CTRL_CLOSE, CTRL_LOGOFF, CTRL_SHUTDOWN] = [0, 1, 2, 5, 6];
const [HUP, INT, TERM, BREAK] = [1, 2, 15, 21];

const TABLE: [what: string, event: number, listened: string[], becomes: string, number: number][] =
  [
    ['CTRL_C', CTRL_C, ['SIGINT', 'SIGBREAK'], 'SIGINT', INT],
    ['CTRL_BREAK', CTRL_BREAK, ['SIGINT', 'SIGBREAK'], 'SIGBREAK', BREAK],
    ['CTRL_BREAK, where nobody hears SIGBREAK,', CTRL_BREAK, ['SIGINT', 'SIGTERM'], 'SIGINT', INT],
    ['CTRL_CLOSE', CTRL_CLOSE, ['SIGHUP', 'SIGTERM'], 'SIGHUP', HUP],
    ['CTRL_CLOSE, where nobody hears SIGHUP,', CTRL_CLOSE, ['SIGINT', 'SIGTERM'], 'SIGTERM', TERM],
    ['CTRL_LOGOFF', CTRL_LOGOFF, ['SIGHUP', 'SIGTERM'], 'SIGTERM', TERM],
    ['CTRL_SHUTDOWN', CTRL_SHUTDOWN, ['SIGHUP', 'SIGTERM'], 'SIGTERM', TERM],
  ];

test('events of the console on Windows', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  box.compile('windows/console-event.c');
  const scenes = Object.fromEntries(
    TABLE.map(([what, consoleEvent, args]) => [
      what,
      { program: 'windows/listens.mjs', args, steps: ['ready', { consoleEvent }] },
    ]),
  );
  const seen = await playScenes(box, scenes);
  for (const [what, , , becomes, number] of TABLE) {
    await t.test(`${what} becomes ${becomes}`, () => {
      const { code, output, answers } = seen[what] ?? assert.fail();
      assert.deepEqual(answers, ['happened']);
      assert.deepEqual(output.match(/got .*/g), [`got ${becomes} ${number}`]);
      assert.equal(code, 40 + number);
    });
  }
});
