import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { FIXTURES, Sandbox } from '../helpers/sandbox.ts';

const FIXTURE = join(FIXTURES, 'daemonizer-scope.mts');
const TSX = new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url).href;

describe('Daemonizer', () => {
  for (const form of ['using', 'scope']) {
    for (const fault of ['', 'throws']) {
      it(`by ${form}: only the daemon comes after the scope${fault && ', and the parent ends with 1 when its block throws'}`, async (t) => {
        const box = new Sandbox(t);
        const out = join(box.folder, 'out');
        const ran = await box.run([
          process.execPath,
          '--import',
          TSX,
          FIXTURE,
          form,
          join(box.folder, 'app.pid'),
          out,
          fault,
        ]);
        assert.equal(ran.status, fault ? 1 : 0, ran.stderr);
        if (fault) assert.match(ran.stderr, /the block broke/);
        else assert.equal(ran.stderr, '');
        const text = await eventually(
          'what comes after',
          () => readFileSync(out, 'utf8'),
          (seen) => /after daemon/.test(seen),
        );
        const lines = text.trim().split('\n');
        assert.equal(lines[0], 'setup parent');
        assert.ok(lines.includes('isParent false args [7] isSetup false daemon'), text);
        assert.ok(lines.includes('isParent true args null isSetup false parent'), text);
        assert.equal(lines.filter((line) => line.startsWith('after')).length, 1, text);
        if (form === 'scope') assert.ok(lines.includes('result 7 daemon'), text);
      });
    }
  }
});
