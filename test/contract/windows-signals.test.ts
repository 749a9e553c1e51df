import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { FIXTURES } from '../helpers/sandbox.ts';
import { WINE_SKIP, WineBox, windowsPath } from '../helpers/wine.ts';

const ADDON = windowsPath(
  fileURLToPath(new URL('../../dist/daimon-win32-x64.node', import.meta.url)),
);
const STRANGERS = join(FIXTURES, 'windows', 'strangers.cjs');

test('the pipe on which a Windows process hears signals', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  const access = windowsPath(box.compile('windows/pipe-access.c'));
  const ran = await box.node(STRANGERS, ADDON, access);
  assert.equal(ran.status, 0, ran.stderr);
  const told = JSON.parse(ran.stdout) as Record<string, unknown>;

  const promises: [string, Record<string, unknown>][] = [
    ['is opened, and a signal arrives', { ready: 0, delivered: 'delivered' }],
    [
      'lets the system, administrators and this user in, and nobody across the network',
      { access: 'D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;this user)' },
    ],
    ['tells which signals are handled: USR1, USR2 and TERM', { heeded: 0b1001010000000000 }],
    ['is not that of a process with another creation time', { anotherCreation: 'unheard' }],
    ['outlives garbage of every size', { garbage: 'delivered' }],
    ['outlives more connections than it has room for that say nothing', { halfOpen: 'delivered' }],
    ['brings every one of 100 signals sent at once', { many: 100, manyArrived: 100 }],
    ['obeys an order once, however often it is sent', { again: 102 }],
    ['brought each SIGTERM once', { termsArrived: 3 }],
    ['takes no signal that Windows programs do not have', { unknown: 'unheard' }],
    ['ignores SIGUSR1 where nobody handles it', { usr1IsHarmless: 'delivered' }],
    [
      'ends the process at a signal that nobody handles, and tells its sender before',
      { fatal: 'delivered', exitCode: 129 },
    ],
    ['is not that of somebody who took its name', { squatted: 'unheard' }],
    ['is gone with its process', { afterwards: 'unheard' }],
  ];
  for (const [promise, facts] of promises) {
    await t.test(promise, () => {
      const seen = Object.fromEntries(Object.keys(facts).map((key) => [key, told[key]]));
      assert.deepEqual(seen, facts);
    });
  }
});
