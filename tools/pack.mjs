// Makes what is published, as tarballs in build/packages: daimon, and a package for each system and CPU that
// holds nothing but the addon. From dist and build/prebuilt as they are: `npm run pack` builds both before.
//   pack.mjs [--skip-missing] [--out <folder>]
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { TARGETS } from './native-targets.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const { values } = parseArgs({
  options: {
    'skip-missing': { type: 'boolean', default: false },
    out: { type: 'string', default: join(root, 'build', 'packages') },
  },
});
const out = resolve(values.out);
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const prebuilt = (target) => join(root, 'build', 'prebuilt', target, 'daimon.node');

/** What a user's machine has no use for stays here: how we build, test and format. */
const NOT_PUBLISHED = ['private', 'scripts', 'devDependencies', 'allowScripts', 'files'];

function publishedManifest(targets) {
  const published = Object.fromEntries(
    Object.entries(manifest).filter(([key]) => !NOT_PUBLISHED.includes(key)),
  );
  // Of our very version: addon and bundle are two halves of one thing.
  published.optionalDependencies = Object.fromEntries(
    targets.map((target) => [`@daimon/${target}`, manifest.version]),
  );
  published.preferUnplugged = true; // Yarn: a daemon's Node loads the preload from a file
  return published;
}

/** Declarations name one another by .ts, which TypeScript before 5.0 does not follow. */
function packDeclarations(entry, folder, done = new Set()) {
  if (done.has(entry)) return;
  done.add(entry);
  const text = readFileSync(entry, 'utf8').replaceAll(
    /((?:from|import\()\s*'\.[^']*)\.ts'/g,
    (_, start) => {
      const path = start.slice(start.indexOf("'") + 1);
      packDeclarations(join(dirname(entry), `${path}.d.ts`), folder, done);
      return `${start}.js'`;
    },
  );
  write(join(folder, relative(root, entry)), text);
}

function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function writeManifest(folder, content) {
  write(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}

const IS_BUNDLE = /^(?:[\w-]+\.c?js|daimon\.1)$/;

function stageMain(targets) {
  const folder = join(out, 'daimon');
  writeManifest(folder, publishedManifest(targets));
  for (const name of ['README.md', 'CHANGELOG.md', 'LICENSE'])
    copyFileSync(join(root, name), join(folder, name));
  mkdirSync(join(folder, 'dist'));
  for (const name of readdirSync(dist).filter((entry) => IS_BUNDLE.test(entry)))
    copyFileSync(join(dist, name), join(folder, 'dist', name));
  for (const entry of ['index.d.ts', 'worker.d.ts'])
    packDeclarations(join(dist, 'types', entry), folder);
  return folder;
}

function stageTarget(target) {
  const folder = join(out, `daimon-${target}`);
  const [os, cpu] = target.split('-');
  const { version, license, engines } = manifest;
  writeManifest(folder, {
    name: `@daimon/${target}`,
    version,
    description: `The native part of daimon for ${target}`,
    license,
    engines,
    os: [os],
    cpu: [cpu],
    type: 'commonjs',
    main: 'daimon.node',
    files: ['daimon.node'],
    preferUnplugged: true, // Yarn: the addon must be a file
  });
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  write(
    join(folder, 'README.md'),
    `The native part of [daimon](https://www.npmjs.com/package/daimon) for ${target}, which installs it by itself.\n`,
  );
  copyFileSync(prebuilt(target), join(folder, 'daimon.node'));
  chmodSync(join(folder, 'daimon.node'), 0o755); // it is also a program: native/linux/watchdog.c
  return folder;
}

function pack(folders) {
  const { status, stdout, error } = spawnSync(
    'npm',
    ['pack', '--silent', '--ignore-scripts', '--pack-destination', out, ...folders],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (status !== 0) throw new Error(`npm pack: ${error?.message ?? `status ${status}`}`);
  for (const folder of folders) rmSync(folder, { recursive: true });
  for (const tarball of stdout.trim().split('\n')) console.log(join(out, tarball));
}

const missing = Object.keys(TARGETS).filter((target) => !existsSync(prebuilt(target)));
if (missing.length > 0 && !values['skip-missing']) {
  console.error(
    `pack: not built: ${missing.join(', ')}. Build them: npm run prebuild; or leave them out: --skip-missing`,
  );
  process.exitCode = 1;
} else {
  const targets = Object.keys(TARGETS).filter((target) => !missing.includes(target));
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  pack([...targets.map(stageTarget), stageMain(targets)]);
}
