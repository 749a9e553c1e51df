import assert from 'node:assert/strict';
import test from 'node:test';
import { WINE_SKIP, WineBox } from '../helpers/wine.ts';
import { playScenes, type Scene, type Seen } from '../helpers/wine-scenes.ts';

const [HUP, INT, USR1, USR2, TERM, BREAK, ABRT] = [1, 2, 10, 12, 15, 21, 22];
const hooks = (...args: string[]) => ({ program: 'hooks.mjs', args });
const worker = (...args: string[]) => ({ program: 'worker-kinds.mjs', args });
const spawns = (...args: string[]) => ({ program: 'windows/spawns.mjs', args });
// Longer than signals may be apart to count as one request: 50 ms, a promise of the API.
const PAUSE = { pauseMs: 100 };

type Story = Scene & { readonly code: number; check(seen: Seen): void };

const said = (pattern: RegExp) => (seen: Seen) => assert.match(seen.output, pattern);

const STORIES: Record<string, Story> = {
  'gracefulShutdown() raises the flag inside loops that never yield, in workers too': {
    program: 'stops-from-busy-loop.mjs',
    args: ['2'],
    steps: ['ready', TERM],
    code: 0,
    check({ output }) {
      assert.match(output, /^main saw SIGTERM from true$/m);
      assert.match(output, /^the listener of the program$/m);
      assert.equal(output.match(/worker \d finally/g)?.length, 2);
    },
  },
  'gracefulShutdown() runs the phases in their order': {
    ...hooks('order'),
    steps: ['ready', INT],
    code: 0,
    check: said(
      /stopping: received SIGINT from pid \d+ [\s\S]*drain: drained done [\s\S]*left done [\s\S]*closed first given done/,
    ),
  },
  'gracefulShutdown() reports a hook that throws, and ends with 1': {
    ...hooks('throws'),
    steps: ['ready', TERM],
    code: 1,
    check: ({ errors }) => assert.match(errors, /broken on purpose/),
  },
  'gracefulShutdown() ends at the deadline though the event loop is blocked': {
    ...hooks('blocks', '300'),
    steps: ['ready', TERM],
    code: 143,
    check: ({ errors }) =>
      assert.match(
        errors,
        /the time to stop is over.*exit code 143[\s\S]*close: blocker \(running\)/,
      ),
  },
  'gracefulShutdown() ends at once at a second signal': {
    ...hooks('slow', '60000'),
    steps: ['ready', TERM, 'slow hook …', PAUSE, INT],
    code: 130,
    check: ({ errors }) =>
      assert.match(errors, /a second signal arrived[\s\S]*slow hook \(running\)/),
  },
  'gracefulShutdown() takes a burst for one request': {
    ...hooks('order'),
    steps: ['ready', TERM, TERM, TERM],
    code: 0,
    check: ({ output }) => assert.equal(output.match(/stopping:/g)?.length, 1),
  },
  'gracefulShutdown() wakes wait()': {
    program: 'shutdown-cases.mjs',
    args: ['waits'],
    steps: ['ready', TERM],
    code: 0,
    check: said(/woke by SIGTERM 15/),
  },
  'gracefulShutdown() hands on a signal that comes while its scope ends': {
    program: 'shutdown-cases.mjs',
    args: ['askedWhileTakenDown'],
    steps: ['ready', TERM],
    code: 143,
    check: () => {},
  },
  'a worker is told, and cleans up': {
    ...worker('awaits'),
    steps: ['ready', TERM],
    code: 0,
    check: said(/cleaned up[\s\S]*worker exit 0/),
  },
  'waitForStop() wakes in a worker': {
    ...worker('blocks'),
    steps: ['ready', TERM],
    code: 0,
    check: said(/in time false[\s\S]*asked true[\s\S]*worker exit 0/),
  },
  'an await in a worker rejects, and its finally runs': {
    ...worker('aborts'),
    steps: ['ready', TERM],
    code: 0,
    check: said(/finally SIGTERM 15/),
  },
  'a worker that never yields is terminated after its grace': {
    ...worker('busyForever', '100'),
    steps: ['ready', TERM],
    code: 0,
    check: said(/worker exit 1/),
  },
  'a server answers what is in flight': {
    program: 'windows/one-request.mjs',
    steps: ['ready', TERM],
    code: 0,
    check: said(/answered, close/),
  },
  'SignalHandler is told each signal with its sender': {
    program: 'windows/signal-handler.mjs',
    steps: [
      'ready',
      INT,
      'SIGINT 2',
      ABRT,
      'SIGABRT 22',
      HUP,
      'SIGHUP 1',
      USR1,
      'SIGUSR1 10',
    ].concat(USR2, BREAK, 'SIGBREAK 21', TERM),
    code: 143,
    check: said(/^(SIG(INT 2|ABRT 22|HUP 1|USR1 10|BREAK 21) from true\n){5}exit 143\n/m),
  },
  'a child of stop.spawn that listens says its last words': {
    ...spawns('polite'),
    steps: ['pid', TERM],
    code: 0,
    check({ output, left }) {
      assert.match(output, /last words[\s\S]*ended: exit code 3/);
      assert.deepEqual(left, []);
    },
  },
  'a child of stop.spawn that does not listen is killed after its grace': {
    ...spawns('deaf'),
    steps: ['pid', TERM],
    code: 0,
    check({ output, left }) {
      assert.match(output, /had to be killed/);
      assert.deepEqual(left, []);
    },
  },
  'a child of stop.spawn is ended with what it has detached': {
    ...spawns('leaves', 'stays'),
    steps: ['pid \\d+ pid', TERM],
    code: 0,
    check: ({ left }) => assert.deepEqual(left, []),
  },
  'what a child of stop.spawn left behind is ended': {
    ...spawns('leaves'),
    steps: ['child closed', TERM],
    code: 0,
    check: ({ left }) => assert.deepEqual(left, []),
  },
};

test('stopping on Windows', { skip: WINE_SKIP }, async (t) => {
  const seen = await playScenes(new WineBox(t), STORIES);
  for (const [promise, { code, check }] of Object.entries(STORIES)) {
    await t.test(promise, () => {
      const scene = seen[promise];
      assert.ok(scene);
      assert.equal(scene.code, code, JSON.stringify(scene, null, 2));
      check(scene);
    });
  }
});
