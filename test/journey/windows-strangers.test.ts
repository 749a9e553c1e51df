import assert from 'node:assert/strict';
import { chownSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WINE_SKIP, WineBox } from '../helpers/wine.ts';

const NOBODY = 65534;
const skip = WINE_SKIP || (process.geteuid?.() !== 0 && 'only root can give files to another user');

test('Windows: files of another user are refused', { skip }, async (t) => {
  const box = new WineBox(t);
  box.file('web.mjs', 'setTimeout(() => {}, 600_000)');
  await box.succeed('start', 'web.mjs');
  const places = [
    [join(box.home, 'state', 'web.json'), /Refused .*web\.json: it belongs to another user \(S-1-/],
    [
      join(box.home, 'run', 'web.pid'),
      /Refused the PID file .*web\.pid: it belongs to another user/,
    ],
  ] as const;
  for (const [path, message] of places) {
    const before = readFileSync(path);
    chownSync(path, NOBODY, NOBODY);
    const ran = await box.daimon('start', 'web.mjs');
    assert.equal(ran.status, 1, ran.stdout);
    assert.match(ran.stderr, message);
    assert.deepEqual(readFileSync(path), before);
    chownSync(path, 0, 0);
  }
  await box.succeed('stop', 'web', '--grace', '100ms');
});
