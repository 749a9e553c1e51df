import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nativeSources } from '../../tools/native-sources.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAND_INS = join(ROOT, 'test/fixtures/darwin-on-linux');
const FLAGS = ['-std=gnu11', '-g', '-O1', '-fPIC', '-fvisibility=hidden', '-shared', '-pthread'];

/** Compiles the addon of macOS with stand-ins for what it calls: build/darwin-on-linux.node. */
export function compileDarwinBackend(): void {
  const { sources, includes } = nativeSources('darwin');
  const output = join(ROOT, 'build/darwin-on-linux.node');
  const partial = `${output}.${process.pid}`;
  mkdirSync(join(ROOT, 'build'), { recursive: true });
  const { status, stderr } = spawnSync(
    process.env.CC ?? 'cc',
    [
      ...[...FLAGS, '-Wall', '-Wextra', '-Wl,-z,nodelete'],
      ...[`-I${STAND_INS}`, '-include', join(STAND_INS, 'shim.h'), ...includes],
      ...['-o', partial, ...sources, join(STAND_INS, 'shim.c')],
    ],
    { encoding: 'utf8' },
  );
  assert.equal(status, 0, stderr);
  renameSync(partial, output);
}
