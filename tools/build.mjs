// Bundles src into dist: the library as ESM, the command and the preload as CommonJS.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  logLevel: 'warning',
  legalComments: 'none',
};

async function buildLibrary() {
  const { metafile } = await build({
    ...common,
    format: 'esm',
    splitting: true,
    outdir: 'dist',
    entryPoints: ['src/index.ts', 'src/worker.ts'],
    metafile: true,
  });
  // Parts of earlier builds have other names, and would be published.
  for (const name of readdirSync(join(root, 'dist'))) {
    if (/-[A-Z0-9]{8}\.js$/.test(name) && !(`dist/${name}` in metafile.outputs))
      rmSync(join(root, 'dist', name));
  }
}

/** What is loaded by --require into other people's programs. */
function buildPreloads() {
  return build({
    ...common,
    format: 'cjs',
    minify: true,
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    entryPoints: ['src/preload.ts', 'src/hear.ts'],
    define: { 'import.meta.filename': '__filename' },
  });
}

/** Those that scripts call most have a bundle of their own on Linux: half the size is 1 ms less to load. */
const LEAN_COMMANDS = ['start', 'stop', 'status'];

/** CommonJS, because an ESM entry costs 4 ms more to boot on Node 20; run by tools/cli-boot.cjs. */
async function buildCommand() {
  const bundle = {
    ...common,
    format: 'cjs',
    minify: true,
    entryPoints: ['src/cli/main.ts'],
    define: { 'import.meta.filename': '__filename', 'import.meta.dirname': '__dirname' },
    supported: { 'dynamic-import': false }, // import() becomes require()
    banner: { js: '(function(exports,require,module,__filename,__dirname){' },
    footer: { js: '})' },
  };
  await build({ ...bundle, outfile: 'dist/cli-body.js' });
  for (const command of LEAN_COMMANDS) {
    await build({
      ...bundle,
      outfile: `dist/cli-${command}.js`,
      plugins: [withoutCommandsBut(command)],
      define: { ...bundle.define, 'process.platform': '"linux"' }, // and without other systems' parts
    });
  }
  const hash = createHash('sha256');
  for (const name of ['body', ...LEAN_COMMANDS])
    hash.update(readFileSync(join(dist, `cli-${name}.js`)));
  const boot = readFileSync(join(root, 'tools/cli-boot.cjs'), 'utf8')
    .replace('-BUILD_ID-', `-${hash.digest('hex').slice(0, 8)}-`)
    .replace('LEAN_COMMANDS', LEAN_COMMANDS.join('|'));
  writeFileSync(join(root, 'dist/cli.cjs'), boot);
  chmodSync(join(root, 'dist/cli.cjs'), 0o755);
}

function withoutCommandsBut(kept) {
  const setup = ({ onResolve }) =>
    onResolve({ filter: /^\.\/commands\// }, ({ path }) =>
      path === `./commands/${kept}.ts` ? undefined : { path, external: true },
    );
  return { name: 'without other commands', setup };
}

// What these compile is in the cache: the life of a daemon that ends by itself should a stop fail.
const IDLE = 'setTimeout(() => {}, 5000)';
const WARM_UP = [
  ['start', 'idle.mjs'],
  ['status', 'idle'],
  ['list'],
  ['stop', 'idle'],
  ['start', '--ready', 'exec', process.execPath, '--', '-e', IDLE],
  ['stop', 'node'],
];

function fillCodeCache() {
  for (const name of readdirSync(join(root, 'dist')))
    if (name.endsWith('.cache')) rmSync(join(root, 'dist', name));
  const home = mkdtempSync(join(tmpdir(), 'daimon-build-'));
  writeFileSync(join(home, 'idle.mjs'), IDLE);
  for (const words of WARM_UP) {
    spawnSync(process.execPath, ['--title=daimon-build', join(root, 'dist/cli.cjs'), ...words], {
      cwd: home,
      env: { ...process.env, DAIMON_HOME: home },
    });
  }
  rmSync(home, { recursive: true });
}

// Chunks carry their hash in their name: those of earlier builds would pile up, and be packed.
for (const name of readdirSync(dist)) {
  if (/\.(c?js|cache)$/.test(name)) rmSync(join(dist, name));
}
await Promise.all([buildLibrary(), buildPreloads(), buildCommand()]);
fillCodeCache();
