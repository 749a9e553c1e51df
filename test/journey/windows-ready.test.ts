import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '../helpers/ports.ts';
import { WINE_SKIP, WineBox } from '../helpers/wine.ts';

const STAYS = 'setInterval(() => {}, 60_000)';
const SAYS = "console.log('about to be ready')";
const serves = (port: number) =>
  `setTimeout(() => {
     ${SAYS};
     require('node:http').createServer((_, answer) => answer.end('ok')).listen(${port}, '127.0.0.1');
   }, 100)`;

test('Windows: every way of being ready', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  box.compile('windows/says-ready.c');
  const port = await freePort();
  box.file('awaits.mjs', `await new Promise((go) => setTimeout(go, 100)); ${SAYS}; ${STAYS}`);
  box.file('plain.cjs', `${SAYS}; ${STAYS}`);
  box.file('sends.cjs', `setTimeout(() => { ${SAYS}; process.send('ready') }, 100); ${STAYS}`);
  box.file('writes.cjs', `${SAYS}; require('node:fs').writeSync(5, '\\n'); ${STAYS}`);
  box.file('serves.cjs', serves(port));
  box.file('never.cjs', STAYS);
  box.file('ends.cjs', 'setTimeout(() => process.exit(6), 100)');

  const table: [mode: string, entry: string][] = [
    ['auto', 'awaits.mjs'],
    ['auto', 'plain.cjs'],
    ['loaded', 'awaits.mjs'],
    ['loaded', 'plain.cjs'],
    ['listening', 'serves.cjs'],
    ['ipc', 'sends.cjs'],
    ['fd:5', 'writes.cjs'],
    ['fd:5', 'says-ready.exe'],
    [`tcp:${port}`, 'serves.cjs'],
    [`http://127.0.0.1:${port}/`, 'serves.cjs'],
  ];
  for (const [index, [mode, entry]] of table.entries()) {
    const name = `ready-${index}`;
    await t.test(`${mode}: ${entry}`, async () => {
      const words = entry.endsWith('.exe') ? ['--', '5'] : [];
      await box.succeed('start', '--name', name, '--ready', mode, entry, ...words);
      assert.match(box.logOf(name), /about to be ready/, 'too early');
      const { ready } = JSON.parse(await box.succeed('status', name, '--json'));
      assert.equal(ready, true);
      await box.succeed('stop', name, '--grace', '200ms');
    });
  }

  for (const mode of ['listening', 'ipc', 'fd:5', `tcp:${port}`]) {
    await t.test(`${mode}: not in time, or not before its end`, async () => {
      const start = (entry: string, time: string) =>
        box.daimon('start', '--ready', mode, '--ready-timeout', time, '--name', 'not', entry);
      const late = await start('never.cjs', '300ms');
      assert.equal(late.status, 1);
      assert.match(late.stderr, /was not ready after/);
      const ended = await start('ends.cjs', '60s');
      assert.equal(ended.status, 1);
      assert.match(ended.stderr, /exited with code 6 before it was ready/);
      assert.deepEqual(await box.programs(), []);
    });
  }
});
