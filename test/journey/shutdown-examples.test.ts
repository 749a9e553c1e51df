import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Program } from '../helpers/program.ts';

const example = (name: string) =>
  new Program(process.execPath, [
    '--import',
    'tsx',
    fileURLToPath(new URL(`../../examples/${name}`, import.meta.url)),
  ]);

describe('examples', () => {
  it('graceful-killer.ts stops after its round', async () => {
    await using program = example('graceful-killer.ts');
    await program.says(/kill me/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /received SIGTERM.*stopped cleanly after \d+ rounds/);
  });

  it('workers.mjs ends its workers and its child', async () => {
    await using program = example('workers.mjs');
    await program.says(/kill me/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /had to be killed/);
  });
});
