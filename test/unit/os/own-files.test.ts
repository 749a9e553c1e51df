import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

const ASK = `import { resolveFrom } from './src/os/own-files.ts';
console.log(JSON.stringify(process.argv.slice(1).map((folder) => resolveFrom(folder, '@daimon/planted/daimon.node'))));`;

test('resolveFrom() takes what is installed above a folder, and nothing from $HOME or $NODE_PATH', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'daimon-unit-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const place of ['home/.node_modules', 'home/.node_libraries', 'path', 'app/node_modules']) {
    mkdirSync(join(folder, place, '@daimon/planted'), { recursive: true });
    writeFileSync(join(folder, place, '@daimon/planted/daimon.node'), '');
  }
  const env = {
    PATH: process.env.PATH,
    HOME: join(folder, 'home'),
    NODE_PATH: join(folder, 'path'),
  };
  const asked = [
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    ASK,
    join(folder, 'other'),
    join(folder, 'app'),
  ];
  const found = JSON.parse(execFileSync(process.execPath, asked, { env, encoding: 'utf8' }));
  assert.deepEqual(found, [null, join(folder, 'app/node_modules/@daimon/planted/daimon.node')]);
});
