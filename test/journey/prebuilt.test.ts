import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Sandbox } from '../helpers/sandbox.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD = join(ROOT, 'tools/build-native.mjs');
const MUSL = '/lib/ld-musl-x86_64.so.1';
const OLDEST_GLIBC_MINOR = 28; // what Node 20 wants: its BUILDING.md

// Where the same compiler that builds the addon finds glibc.
const LINUX = [
  {
    target: 'linux-x64',
    compiler: '/usr/bin/x86_64-linux-gnu-gcc',
    glibc: '/lib/x86_64-linux-gnu/libc.so.6',
  },
  {
    target: 'linux-arm64',
    compiler: '/usr/bin/aarch64-linux-gnu-gcc',
    glibc: '/usr/aarch64-linux-gnu/lib/libc.so.6',
  },
];

async function namesIn(box: Sandbox, ...words: string[]): Promise<string[]> {
  const ran = await box.run(['nm', '--dynamic', ...words]);
  assert.equal(ran.status, 0, ran.stderr);
  return ran.stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.trim().split(/\s+/).at(-1) ?? '');
}

/** The names that a glibc of the oldest version has: each of ours must have been there by then. */
async function namesOfOldGlibc(box: Sandbox, file: string): Promise<Set<string>> {
  const names = await namesIn(box, '--defined-only', '--with-symbol-versions', file);
  const old = names.filter((name) => {
    const version = /@GLIBC_2\.(\d+)/.exec(name)?.[1];
    return version !== undefined && Number(version) <= OLDEST_GLIBC_MINOR;
  });
  return new Set(old.map((name) => name.replace(/@.*/, '')));
}

const NOT_LIBC = /^(napi_|uv_backend_fd$)/;

for (const { target, compiler, glibc } of LINUX) {
  const skip = existsSync(compiler) ? false : `no ${compiler}`;

  describe(`the addon for ${target}`, { skip }, () => {
    it('names no library and no version, and calls what glibc 2.28 and musl both have', async (t) => {
      const box = new Sandbox(t);
      const built = await box.run([process.execPath, BUILD, target]);
      assert.equal(built.status, 0, built.stderr);
      const addon = join(ROOT, 'build/prebuilt', target, 'daimon.node');
      const { stdout } = await box.run(['readelf', '--dynamic', '--version-info', '--wide', addon]);
      assert.doesNotMatch(stdout, /NEEDED|RPATH|RUNPATH/);
      assert.match(stdout, /No version information found/);
      assert.match(stdout, /NODELETE/);

      const calls = await namesIn(box, '--undefined-only', addon);
      const libc = calls.filter((name) => !NOT_LIBC.test(name));
      assert.ok(libc.includes('malloc'), `calls: ${calls}`);
      const old = await namesOfOldGlibc(box, glibc);
      assert.deepEqual(
        libc.filter((name) => !old.has(name)),
        [],
        'not in glibc 2.28',
      );
      if (!existsSync(MUSL)) return t.diagnostic(`musl was not looked at: no ${MUSL}`);
      const musl = new Set(await namesIn(box, '--defined-only', MUSL));
      assert.deepEqual(
        libc.filter((name) => !musl.has(name)),
        [],
        'not in musl',
      );
    });
  });
}
