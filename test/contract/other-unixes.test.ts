import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nativeSources } from '../../tools/native-sources.mjs';
import { TARGETS } from '../../tools/native-targets.mjs';
import { zigPath } from '../../tools/node-cache.mjs';
import { Sandbox } from '../helpers/sandbox.ts';

// What cannot be run here is compiled at least, with every warning an error.
const DARWIN = ['darwin-x64', 'darwin-arm64'] as const;
const STAND_INS = fileURLToPath(new URL('../fixtures/freebsd', import.meta.url));
const FLAGS = [
  ...['-std=gnu11', '-Wall', '-Wextra', '-Werror'],
  ...['-shared', '-Wl,-undefined,dynamic_lookup'],
];

const skip = existsSync(zigPath()) ? false : 'no zig';

async function compile(t: TestContext, os: string, target: string, flags: string[]) {
  const box = new Sandbox(t);
  const { sources, includes } = nativeSources(os);
  const compiler = TARGETS[target]?.compiler ?? [];
  const words = [...compiler, ...FLAGS, ...flags, ...includes, '-o', 'daimon.node', ...sources];
  const { status, stderr } = await box.run(words, { cwd: box.folder });
  assert.equal(status, 0, stderr);
}

describe('native/ of systems that are not here', { skip }, () => {
  for (const target of DARWIN) {
    it(`compiles for ${target} without a warning`, (t) => compile(t, 'darwin', target, []));
  }

  it('compiles for FreeBSD, with declarations that stand in for its headers', (t) => {
    const declarations = ['sys/cdefs.h', join(STAND_INS, 'declarations.h')];
    return compile(t, 'freebsd', 'darwin-x64', [
      ...[`-I${STAND_INS}`, '-U__APPLE__', '-D__FreeBSD__=14'],
      ...declarations.flatMap((file) => ['-include', file]),
      ...['-Wno-macro-redefined', '-Wno-pointer-sign'], // what the headers of macOS have otherwise
    ]);
  });
});
