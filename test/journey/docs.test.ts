import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expectation, readPage } from '../helpers/doc-page.ts';
import { Sandbox } from '../helpers/sandbox.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
// A fence only: on a machine under load, a boot of tsx takes many seconds.
const COMMAND_DEADLINE_MS = 200_000;

const PAGES = ['become-a-daemon', 'from-daemoniker', 'from-python-daemon', 'from-pm2-forever'];

describe('docs', () => {
  for (const name of PAGES) {
    it(`${name}.md: its examples do what it says`, async (t) => {
      const box = new Sandbox(t);
      // As npm would have installed it.
      mkdirSync(join(box.folder, 'node_modules/.bin'), { recursive: true });
      symlinkSync(ROOT, join(box.folder, 'node_modules/daimon'));
      symlinkSync(join(ROOT, 'node_modules/tsx'), join(box.folder, 'node_modules/tsx'));
      symlinkSync(
        join(ROOT, 'node_modules/tsx/dist/cli.mjs'),
        join(box.folder, 'node_modules/.bin/tsx'),
      );
      symlinkSync(join(ROOT, 'dist/cli.cjs'), join(box.folder, 'node_modules/.bin/daimon'));
      // npx finds what is installed, which the tests need not see anew for each line: booting npm takes longest.
      box.file('node_modules/.bin/npx', '#!/bin/sh\nexec "$@"\n', 0o755);
      box.file('package.json', '{ "type": "module" }');
      const page = readPage(join(ROOT, 'docs', `${name}.md`));
      for (const { name: file, content } of page.files) box.file(file, content);
      const env = {
        ...box.environment,
        PATH: `${box.folder}/node_modules/.bin:${process.env.PATH}`,
      };
      assert.ok(page.commands.length > 0);
      for (const { command, expected } of page.commands) {
        const ran = await box.run(['sh', '-c', command], {
          env,
          deadlineMs: COMMAND_DEADLINE_MS,
        });
        assert.match(
          ran.stdout.trimEnd(),
          expectation(expected),
          `$ ${command}\n${ran.stdout}${ran.stderr}`,
        );
        assert.equal(ran.stderr.replace(/^npm .*\n/gm, ''), '', `$ ${command}`);
      }
    });
  }

  it('api.md is what the docstrings say', async (t) => {
    const box = new Sandbox(t);
    const ran = await box.run([process.execPath, join(ROOT, 'tools/api-docs.mjs'), '--check']);
    assert.equal(ran.status, 0, ran.stderr);
  });
});
