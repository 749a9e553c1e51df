import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { withAbsolutePaths, withoutInspector } from '../../../../src/launch/self/this-program.ts';

for (const [given, left] of [
  [
    ['--inspect', '--import', 'x'],
    ['--import', 'x'],
  ],
  [['--inspect-brk=0.0.0.0:9229'], []],
  [['--inspect-port', '1', '--trace-warnings'], ['--trace-warnings']],
  [['--inspect-publish-uid=http', '--inspect-wait'], []],
  [['--inspector-like'], ['--inspector-like']],
  [
    ['-e', 'code'],
    ['-e', 'code'],
  ],
] as const) {
  test(`withoutInspector() leaves [${left}] of [${given}]`, () => {
    assert.deepEqual(withoutInspector(given), left);
  });
}

const require = createRequire(import.meta.url);
const CWD = new URL('../../../../', import.meta.url).pathname.slice(0, -1);
const TSX = pathToFileURL(require.resolve('tsx')).href;

for (const [given, resolved] of [
  [
    ['--import', 'tsx'],
    ['--import', TSX],
  ],
  [['--import=tsx'], [`--import=${TSX}`]],
  [
    ['-r', './tools/api-docs.mjs'],
    ['-r', `${CWD}/tools/api-docs.mjs`],
  ],
  [['--env-file=.env'], [`--env-file=${CWD}/.env`]],
  [
    ['--import', 'file:///x.mjs'],
    ['--import', 'file:///x.mjs'],
  ],
  [
    ['--require', '/x.cjs'],
    ['--require', '/x.cjs'],
  ],
  [
    ['--import', 'no-such-package'],
    ['--import', 'no-such-package'],
  ],
  [
    ['--require', 'node:fs'],
    ['--require', 'node:fs'],
  ],
  [
    ['-e', './looks-like-a-file'],
    ['-e', './looks-like-a-file'],
  ],
] as const) {
  test(`withAbsolutePaths() makes [${resolved}] of [${given}]`, () => {
    assert.deepEqual(withAbsolutePaths(given, CWD), resolved);
  });
}
