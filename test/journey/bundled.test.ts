import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { runtimePath } from '../../tools/node-cache.mjs';
import { eventually } from '../helpers/eventually.ts';
import { NODES } from '../helpers/nodes.ts';
import { FIXTURES, Sandbox } from '../helpers/sandbox.ts';

const PROGRAM = join(FIXTURES, 'bundled.mjs');
const ADDON = fileURLToPath(new URL('../../dist/daimon.node', import.meta.url));

/** A folder far from node_modules, with the addon and what becomes of the program. */
function makeFolder(t: TestContext) {
  const box = new Sandbox(t);
  const folder = join(box.folder, 'alone');
  mkdirSync(folder);
  copyFileSync(ADDON, join(folder, 'daimon.node'));
  return { box, folder };
}

function bundle(folder: string, format: 'cjs' | 'esm'): string {
  const outfile = join(folder, format === 'cjs' ? 'app.cjs' : 'app.mjs');
  buildSync({
    entryPoints: [PROGRAM],
    bundle: true,
    platform: 'node',
    format,
    outfile,
    logLevel: 'error',
  });
  return outfile;
}

async function becomesDaemon(box: Sandbox, command: readonly string[]): Promise<void> {
  const [pidFile, log] = [join(box.folder, 'app.pid'), join(box.folder, 'app.log')];
  const ran = await box.run([...command, pidFile, log]);
  assert.equal(ran.status, 0, ran.stderr);
  const read = () => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  const told = await eventually('what it tells', read, (text) => text.endsWith('\n'));
  assert.equal(told, 'port 8080 arguments 4\n');
  await box.succeed('stop', 'app');
}

describe('a program that has us in it becomes a daemon, with the addon beside it', () => {
  for (const format of ['cjs', 'esm'] as const) {
    it(`as a bundle (${format})`, async (t) => {
      const { box, folder } = makeFolder(t);
      await becomesDaemon(box, [process.execPath, bundle(folder, format)]);
    });
  }

  const node = NODES.at(-1);
  it('as a single executable of Node', { skip: node?.skip ?? 'no Node' }, async (t) => {
    const { box, folder } = makeFolder(t);
    const output = join(folder, 'app');
    const config = { main: bundle(folder, 'cjs'), output, disableExperimentalSEAWarning: true };
    const path = box.file('sea.json', JSON.stringify(config));
    const built = await box.run([node?.path ?? '', '--build-sea', path]);
    assert.equal(built.status, 0, built.stderr);
    await becomesDaemon(box, [output]);
  });

  const bun = runtimePath('bun');
  it('as a single executable of Bun', {
    skip: existsSync(bun) ? false : `no ${bun}`,
  }, async (t) => {
    const { box, folder } = makeFolder(t);
    const output = join(folder, 'app');
    const built = await box.run([bun, 'build', '--compile', '--outfile', output, PROGRAM]);
    assert.equal(built.status, 0, built.stderr);
    await becomesDaemon(box, [output]);
  });
});
