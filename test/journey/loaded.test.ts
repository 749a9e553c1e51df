import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { NODES } from '../helpers/nodes.ts';
import { MODULES, Sandbox } from '../helpers/sandbox.ts';

/** Says on its log that it was evaluated, then that it has loaded; lives on. */
const LIVES = 'setInterval(() => {}, 1e6);';
const COMMONJS = `console.log('evaluated'); ${LIVES} console.log('loaded');`;
const ES_MODULE = `import 'node:fs'; console.log('evaluated'); ${LIVES} console.log('loaded');`;
const AWAITS = `console.log('evaluated'); ${LIVES}
await new Promise((resolve) => setTimeout(resolve, 300)); console.log('loaded');
export {};`;
const TYPED = `const text: string = 'evaluated'; console.log(text); ${LIVES} console.log('loaded' as string);`;
const IMPORTS_ITSELF = `import 'node:fs'; console.log('evaluated'); ${LIVES}
void import(import.meta.url); console.log('loaded');`;

/** Hooks that treat the main module (no parent) unlike what others import. */
const HOOKS = `export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  if (context.parentURL === undefined) found.url += '?main';
  return found;
}`;
const REGISTERS =
  "import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);";

interface Entry {
  readonly what: string;
  readonly file: string;
  readonly content: string;
  readonly nodeArgs?: readonly string[];
  readonly from?: number;
}

const ENTRIES: readonly Entry[] = [
  { what: 'CommonJS', file: 'app.cjs', content: COMMONJS },
  { what: 'an ES module', file: 'app.mjs', content: ES_MODULE },
  { what: 'an ES module that awaits', file: 'app.mjs', content: AWAITS },
  { what: 'an ES module without a type', file: 'app.js', content: ES_MODULE },
  { what: 'an ES module that imports itself', file: 'app.mjs', content: IMPORTS_ITSELF },
  { what: 'TypeScript', file: 'app.ts', content: TYPED, from: 24 },
  { what: 'a TypeScript module that awaits', file: 'app.mts', content: AWAITS, from: 24 },
  { what: 'TypeScript by tsx', file: 'app.ts', content: TYPED, nodeArgs: ['--import', 'tsx'] },
  {
    what: 'a TypeScript module that awaits, by tsx',
    file: 'app.mts',
    content: AWAITS,
    nodeArgs: ['--import', 'tsx'],
  },
  {
    what: 'an ES module under loader hooks that rename the main one',
    file: 'app.mjs',
    content: AWAITS,
    nodeArgs: ['--import', './register.mjs'],
  },
  {
    what: 'CommonJS under loader hooks',
    file: 'app.cjs',
    content: COMMONJS,
    nodeArgs: ['--import', './register.mjs'],
  },
  {
    what: 'an ES module after a required and an imported one',
    file: 'app.mjs',
    content: AWAITS,
    nodeArgs: ['--require', './first.cjs', '--import', './awaits-first.mjs'],
  },
];

for (const node of NODES) {
  describe(`--ready loaded, Node ${node.version}`, { skip: node.skip }, () => {
    for (const { what, file, content, nodeArgs = [], from = 0 } of ENTRIES) {
      if (node.major < from) continue;
      test(`waits for ${what}, and evaluates it once`, async (t) => {
        const box = new Sandbox(t);
        symlinkSync(MODULES, join(box.folder, 'node_modules'));
        box.file('hooks.mjs', HOOKS);
        box.file('register.mjs', REGISTERS);
        box.file('first.cjs', '');
        box.file('awaits-first.mjs', 'await new Promise((resolve) => setTimeout(resolve, 50));');
        box.file(file, content);
        const interpreterArgs = nodeArgs.flatMap((argument) => [`--interpreter-arg=${argument}`]);
        const where = ['--interpreter', node.path, '--stderr', 'errors.log'];
        await box.succeed('start', file, ...where, ...interpreterArgs);
        assert.equal(box.logOf('app'), 'evaluated\nloaded\n');
      });
    }

    test('keeps to the link under --preserve-symlinks-main', async (t) => {
      const box = new Sandbox(t);
      box.file('real.mjs', AWAITS);
      symlinkSync('real.mjs', join(box.folder, 'app.mjs'));
      const flag = '--interpreter-arg=--preserve-symlinks-main';
      await box.succeed('start', 'app.mjs', '--interpreter', node.path, flag);
      assert.equal(box.logOf('app'), 'evaluated\nloaded\n');
    });
  });
}
