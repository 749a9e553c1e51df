import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { windowsNodePath } from '../../tools/node-cache.mjs';
import { WINE_SKIP, WineBox, windowsPath } from '../helpers/wine.ts';

const ADDON = windowsPath(
  fileURLToPath(new URL('../../dist/daimon-win32-x64.node', import.meta.url)),
);

const LOADS = `
  const native = require(${JSON.stringify(ADDON)});
  const QUERY = 0x1000;
  const self = native.openProcess(process.pid, QUERY);
  console.log(/^1[0-9]{17}$/.test(native.processTimes(self).created));
  console.log(native.openProcess(99996, QUERY));
  native.closeHandle(self);
  try { native.processTimes(self) } catch (error) { console.log(error.code, error.errno, error.syscall) }
`;
const EXPECTED = 'true\nnull\nERROR_INVALID_HANDLE 6 GetProcessTimes\n';

test('the Windows addon', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  const script = box.file('loads.cjs', LOADS);

  await t.test('loads into Node for Windows, and tells errors by step and Win32 code', async () => {
    const ran = await box.node(script);
    assert.equal(ran.stdout, EXPECTED, ran.stderr);
    assert.equal(ran.status, 0);
  });

  await t.test('loads into a Node whose program has another name', async () => {
    const renamed = join(box.folder, 'my program.exe');
    copyFileSync(windowsNodePath(), renamed);
    const ran = await box.run([renamed, windowsPath(script)]);
    assert.equal(ran.stdout, EXPECTED, ran.stderr);
  });

  await t.test('loads into worker threads', async () => {
    const worker = box.file(
      'worker.cjs',
      `const { Worker } = require('node:worker_threads'); require(${JSON.stringify(ADDON)});
       new Worker(require('node:path').join(__dirname, 'loads.cjs'))`,
    );
    const ran = await box.node(worker);
    assert.equal(ran.stdout, EXPECTED, ran.stderr);
  });
});
