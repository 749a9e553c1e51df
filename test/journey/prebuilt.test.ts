import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { TARGETS } from '../../tools/native-targets.mjs';
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

      const first = readFileSync(addon);
      assert.ok(!first.includes(ROOT), 'it tells where it was built');
      assert.equal((await box.run([process.execPath, BUILD, target])).status, 0);
      assert.ok(first.equals(readFileSync(addon)), 'from the same sources the same file');

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

const MACH_O_64 = 0xfeedfacf;
const LOAD_COMMANDS_START = 32;
const LC_SYMTAB = 0x2;
const LC_CODE_SIGNATURE = 0x1d;
const SYMBOL_BYTES = 16;
const N_WEAK_REF = 0x40;

/** Where a load command of this kind begins; -1 for none. */
function findCommand(machO: Buffer, kind: number): number {
  const count = machO.readUInt32LE(16);
  for (let command = 0, at = LOAD_COMMANDS_START; command < count; command++) {
    if (machO.readUInt32LE(at) === kind) return at;
    at += machO.readUInt32LE(at + 4);
  }
  return -1;
}

/** The names that may be missing where the library is loaded. */
function weakNames(machO: Buffer): string[] {
  const at = findCommand(machO, LC_SYMTAB);
  const [symbols = 0, count = 0, strings = 0] = [8, 12, 16].map((to) =>
    machO.readUInt32LE(at + to),
  );
  return Array.from({ length: count }, (_, index) => symbols + index * SYMBOL_BYTES)
    .filter((symbol) => (machO.readUInt16LE(symbol + 6) & N_WEAK_REF) !== 0)
    .map((symbol) => {
      const start = strings + machO.readUInt32LE(symbol);
      return machO.toString('latin1', start, machO.indexOf(0, start));
    })
    .sort();
}

const NOT_IN_BUN = ['_napi_get_uv_event_loop', '_uv_backend_fd'];

const machCpu = (file: Buffer) => {
  assert.equal(file.readUInt32LE(0), MACH_O_64);
  assert.deepEqual(weakNames(file), NOT_IN_BUN);
  return file.readUInt32LE(4);
};

const elfMachine = (elf: Buffer) => [elf.readUInt32BE(0), elf.readUInt16LE(18)];

const ELF = 0x7f454c46;

const peMachine = (pe: Buffer) => pe.readUInt16LE(pe.readUInt32LE(0x3c) + 4);

const ELSEWHERE: Record<string, (file: Buffer) => unknown> = {
  'darwin-x64': machCpu,
  'darwin-arm64': (file) => [machCpu(file), findCommand(file, LC_CODE_SIGNATURE) > 0],
  'freebsd-x64': elfMachine,
  'freebsd-arm64': elfMachine,
  'win32-x64': peMachine,
  'win32-arm64': peMachine,
};
const EXPECTED: Record<string, unknown> = {
  'darwin-x64': 0x01000007,
  'darwin-arm64': [0x0100000c, true], // Apple's CPUs run nothing unsigned
  'freebsd-x64': [ELF, 62],
  'freebsd-arm64': [ELF, 183],
  'win32-x64': 0x8664,
  'win32-arm64': 0xaa64,
};

for (const [target, read] of Object.entries(ELSEWHERE)) {
  it(`the addon for ${target} is a library of that system`, (t) => {
    // Not by the sandbox and its deadline: zig's first build for Windows compiles a C library, too.
    const words = [BUILD, target, '--skip-missing'];
    const built = spawnSync(process.execPath, words, { encoding: 'utf8' });
    assert.equal(built.status, 0, built.stderr);
    if (/left out/.test(built.stderr)) return t.skip(built.stderr);
    assert.equal(built.stderr, '', 'a warning');
    const file = readFileSync(join(ROOT, 'build/prebuilt', target, 'daimon.node'));
    assert.deepEqual(read(file), EXPECTED[target]);
    assert.ok(file.includes('napi_register_module_v1'));
    assert.ok(!file.includes(ROOT), 'it tells where it was built');
  });
}

for (const target of ['freebsd-x64', 'freebsd-arm64']) {
  it(`the addon for ${target} calls what the C library of FreeBSD 14 has`, async (t) => {
    const addon = join(ROOT, 'build/prebuilt', target, 'daimon.node');
    if (!existsSync(addon)) return t.skip(`${target} was not built`);
    const box = new Sandbox(t);
    const names = await namesIn(box, '--undefined-only', '--with-symbol-versions', addon);
    // The linker has given a version to each name that it found there.
    const unknown = names.filter((name) => !/@FBSD_1\.\d$/.test(name) && !NOT_LIBC.test(name));
    assert.deepEqual(unknown, []);
    assert.ok(names.includes('kevent@FBSD_1.5'), `calls: ${names}`);
    const { stdout } = await box.run(['readelf', '--dynamic', '--wide', addon]);
    const needed = [...stdout.matchAll(/NEEDED.*\[(.*)\]/g)].map(([, library]) => library);
    assert.deepEqual(needed.sort(), ['libc.so.7', 'libthr.so.3']);
    assert.match(stdout, /NODELETE/);
  });
}

it('every published target is tested here', () => {
  const tested = [...LINUX.map(({ target }) => target), ...Object.keys(ELSEWHERE)];
  assert.deepEqual(tested.sort(), Object.keys(TARGETS).sort());
});

it('a target whose compiler is missing is told, with the remedy, and left out only when asked', async (t) => {
  const box = new Sandbox(t);
  const env = { ...box.environment, PATH: '/nowhere' };
  const build = (...words: string[]) => box.run([process.execPath, BUILD, ...words], { env });
  const told = await build('linux-arm64');
  assert.equal(told.status, 1);
  assert.match(told.stderr, /linux-arm64 is missing.*apt-get install gcc-aarch64-linux-gnu/);
  const skipped = await build('linux-arm64', '--skip-missing');
  assert.equal(skipped.status, 0);
  assert.match(skipped.stderr, /linux-arm64 is left out/);
  assert.equal((await build('linux-mips')).status, 2);
});
