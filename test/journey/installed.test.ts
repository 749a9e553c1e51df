import assert from 'node:assert/strict';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { NODES } from '../helpers/nodes.ts';
import { Program } from '../helpers/program.ts';
import { type Packed, packAll, serveRegistry } from '../helpers/registry.ts';
import { isRunning, MODULES, type Ran, Sandbox } from '../helpers/sandbox.ts';

const TARGET = `${process.platform}-${process.arch}`;

function onPath(command: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, command)).find((path) => existsSync(path));
  assert.ok(found, `no ${command}`);
  return realpathSync(found);
}

/** A user's machine: an empty folder, npm and Node and nothing else, a registry that has our packages. */
class UserMachine {
  readonly box: Sandbox;
  readonly folder: string;
  readonly environment: Record<string, string>;

  constructor(t: TestContext) {
    this.box = new Sandbox(t);
    this.folder = join(this.box.folder, 'app');
    const bin = join(this.box.folder, 'bin');
    for (const made of [this.folder, bin]) mkdirSync(made);
    symlinkSync(process.execPath, join(bin, 'node'));
    for (const command of ['npm', 'npx', 'sh']) symlinkSync(onPath(command), join(bin, command));
    this.environment = {
      ...this.box.environment,
      PATH: bin,
      HOME: this.box.folder,
      npm_config_cache: join(this.box.folder, 'npm-cache'),
      npm_config_update_notifier: 'false',
      npm_config_audit: 'false',
      npm_config_fund: 'false',
    };
  }

  run(...command: string[]): Promise<Ran> {
    return this.box.run(command, { cwd: this.folder, env: this.environment });
  }

  async succeed(...command: string[]): Promise<string> {
    const ran = await this.run(...command);
    assert.equal(ran.status, 0, `${command.join(' ')}\n${ran.stdout}${ran.stderr}`);
    return ran.stdout;
  }

  async install(packages: readonly Packed[], ...options: string[]): Promise<void> {
    this.write('package.json', '{ "name": "app", "private": true }');
    await using registry = await serveRegistry(packages);
    const npm = ['npm', 'install', 'daimon', '--ignore-scripts', `--registry=${registry.url}`];
    await this.succeed(...npm, ...options);
  }

  write(name: string, content: string): string {
    return this.box.file(join('app', name), content);
  }

  node(...words: string[]): Promise<string> {
    return this.succeed('node', ...words);
  }
}

// Nothing else may be in the package: one file more is one that somebody has to want.
const EXPECTED =
  /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/(daimon\.1|(cli|preload|hear)\.cjs|cli-[a-z]+\.js|index\.js|worker\.js|[a-z0-9-]+-[A-Z0-9]{8}\.js|types\/[a-z/-]+\.d\.ts))$/;
const NOT_FOR_USERS = [
  'scripts',
  'devDependencies',
  'private',
  'dependencies',
  'bundleDependencies',
];

function checkMainPackage(packed: Packed, others: readonly Packed[]): void {
  const unexpected = packed.files.filter(({ path }) => !EXPECTED.test(path));
  assert.deepEqual(unexpected, []);
  for (const key of NOT_FOR_USERS) assert.equal(packed.manifest[key], undefined, key);
  const versions = others.map(({ name, version }) => [name, version]);
  assert.deepEqual(packed.manifest.optionalDependencies, Object.fromEntries(versions));
  const command = packed.files.find(({ path }) => path === 'dist/cli.cjs');
  assert.match(command?.mode ?? '', /^-rwxr-xr-x/);
}

function checkPlatformPackage({ name, manifest, files }: Packed): void {
  const [os, cpu] = name.replace('@daimon/', '').split('-');
  assert.deepEqual([manifest.os, manifest.cpu], [[os], [cpu]]);
  assert.deepEqual(manifest.libc, undefined, 'one file serves glibc and musl');
  for (const key of NOT_FOR_USERS) assert.equal(manifest[key], undefined, key);
  assert.deepEqual(files.map(({ path }) => path).sort(), [
    'LICENSE',
    'README.md',
    'daimon.node',
    'package.json',
  ]);
  assert.match(files.find(({ path }) => path === 'daimon.node')?.mode ?? '', /^-rwxr-xr-x/);
}

const CONSUMER = `
import { daemonize, gracefulShutdown, PidFile, send, SIGTERM } from 'daimon';
import { stopping } from 'daimon/worker';
export const half = daemonize('app.pid', [80, new Map<string, Date>()]).then(([port]): number => port / 2);
export const asked: boolean = gracefulShutdown().requested || stopping();
export const sent: Promise<unknown> = send('app.pid', SIGTERM);
// @ts-expect-error for our own use
export const hidden = PidFile.prototype.releaseSync;
`;

function tsconfig(module: string, files: string[]): string {
  const compilerOptions = {
    ...{ module, moduleResolution: module === 'esnext' ? 'bundler' : module, target: 'es2023' },
    ...{ lib: ['es2023', 'esnext.disposable'], strict: true, noEmit: true, skipLibCheck: true },
    ...{ types: ['node'], typeRoots: [join(MODULES, '@types')] },
  };
  return JSON.stringify({ compilerOptions, files });
}

describe('daimon as npm installs it', { skip: process.platform !== 'linux' }, () => {
  const packed = mkdtempSync(join(tmpdir(), 'daimon-packed-'));
  let packages: Packed[] = [];
  before(() => {
    packages = packAll(join(packed, 'packages'));
  });
  after(() => rmSync(packed, { recursive: true }));

  it('is what it ought to be, and works without a compiler and without install scripts', async (t) => {
    const user = new UserMachine(t);
    const { box, folder } = user;
    const main = packages.find(({ name }) => name === 'daimon');
    const own = packages.find(({ name }) => name === `@daimon/${TARGET}`);
    assert.ok(main);
    if (own === undefined)
      return t.skip(`no compiler for ${TARGET} as in tools/native-targets.mjs`);
    const others = packages.filter((packed) => packed !== main);
    await t.test('the packages hold what users need and nothing else', () => {
      checkMainPackage(main, others);
      others.forEach(checkPlatformPackage);
    });

    await t.test('publint and are-the-types-wrong have nothing to say', async () => {
      for (const { tarball } of packages) {
        const ran = await box.run([join(MODULES, '.bin/publint'), 'run', '--strict', tarball]);
        assert.match(ran.stdout, /All good!/);
      }
      const attw = ['--profile', 'esm-only', '--format', 'json', main.tarball];
      const ran = await box.run([join(MODULES, '.bin/attw'), ...attw]);
      assert.equal(ran.status, 0, ran.stdout);
    });

    await user.install(packages);

    await t.test('npm brings two packages, that for this machine and the other', () => {
      assert.deepEqual(readdirSync(join(folder, 'node_modules/@daimon')), [TARGET]);
      const all = readdirSync(join(folder, 'node_modules')).filter((name) => name[0] !== '.');
      assert.deepEqual(all, ['@daimon', 'daimon']);
      assert.equal(existsSync(join(folder, 'node_modules/daimon/dist/daimon.node')), false);
    });

    await t.test('npx daimon start, status, stop', async () => {
      user.write(
        'web.mjs',
        "import { createServer } from 'node:http';\ncreateServer().listen(0);\n",
      );
      await user.succeed('npx', 'daimon', 'start', 'web.mjs', '--ready', 'listening');
      assert.match(await user.succeed('npx', 'daimon', 'status', 'web'), /web is running/);
      const maps = readFileSync(`/proc/${box.pidOf('web')}/maps`, 'utf8');
      assert.doesNotMatch(maps, /daimon/, 'the daemon has nothing of ours in it');
      assert.match(await user.succeed('npx', 'daimon', 'stop', 'web'), /Stopped web/);
      assert.equal((await user.run('npx', 'daimon', 'status', 'web')).status, 3);
      assert.match(await user.succeed('npx', 'daimon', '--version'), new RegExp(main.version));
    });

    await t.test(
      'the first run of a command leaves its code cache, where it is the owner',
      async () => {
        const dist = join(folder, 'node_modules/daimon/dist');
        const caches = () => readdirSync(dist).filter((name) => name.endsWith('.cache'));
        const node = `${process.version}-${process.arch}`;
        const kept = caches().map((name) => name.replace(/-[0-9a-f]{8}-/, ' '));
        assert.deepEqual(
          kept,
          ['help', 'start', 'status', 'stop'].map((word) => `cli-${word} ${node}.cache`),
        );
        assert.equal((await user.run('npx', 'daimon', 'lits')).status, 2);
        assert.match(await user.succeed('npx', 'daimon', 'list'), /No daemons/);
        assert.equal(caches().length, 5, 'none for a word that is no command');
        const cli = join(dist, 'cli.cjs');
        const others = NODES.filter(({ skip }) => skip === false);
        for (const { path } of others) {
          for (const run of ['fills', 'reads'])
            assert.match(await user.succeed(path, cli, 'list'), /No daemons/, run);
        }
        const lists = caches().filter((name) => name.startsWith('cli-list-'));
        assert.ok(lists.length >= others.length, `each Node its own: ${lists}`);
        if (process.getuid?.() !== 0) return;
        const before = caches();
        chownSync(dist, 65534, 65534);
        await user.run('npx', 'daimon', 'check', '1');
        assert.deepEqual(caches(), before, 'root leaves nothing in the folder of another user');
        chownSync(dist, 0, 0);
      },
    );

    await t.test('imported by an ES module, required by CommonJS', async () => {
      user.write(
        'app.mjs',
        `import { daemonize } from 'daimon';
         const [port] = await daemonize('${join(box.home, 'run')}/app.pid', [8080]);
         process.title = 'app ' + port;
         setInterval(() => {}, 60_000);`,
      );
      mkdirSync(join(box.home, 'run'), { recursive: true });
      await user.node('app.mjs');
      await user.succeed('npx', 'daimon', 'stop', 'app');

      user.write(
        'names.cjs',
        `const { gracefulShutdown, SIGTERM } = require('daimon');
         const { stopping } = require('daimon/worker');
         const stop = gracefulShutdown();
         console.log(Number(SIGTERM), stop.requested, stopping());
         process.exit();`,
      );
      assert.equal(await user.node('names.cjs'), '15 false false\n');
    });

    await t.test('its types, for Node and for bundlers', async () => {
      user.write('consumer.mts', CONSUMER);
      user.write('consumer.cts', CONSUMER);
      for (const module of ['nodenext', 'node16', 'esnext']) {
        const files = module === 'nodenext' ? ['consumer.mts', 'consumer.cts'] : ['consumer.mts'];
        user.write('tsconfig.json', tsconfig(module, files));
        const ran = await user.run('node', join(MODULES, '.bin/tsc'), '-p', '.');
        assert.equal(ran.status, 0, `${module}\n${ran.stdout}${ran.stderr}`);
      }
    });

    const newest = NODES.at(-1);
    const skip = newest?.skip ?? 'no Node';
    await t.test('a daemon in TypeScript that uses it', { skip }, async () => {
      user.write(
        'worker.ts',
        `import { gracefulShutdown } from 'daimon';
         const stop: { requested: boolean } = gracefulShutdown();
         while (!stop.requested);
         console.log('seen');
         process.exit(0);`,
      );
      const node = newest?.path ?? '';
      const daimon = join(folder, 'node_modules/daimon/dist/cli.cjs');
      await user.succeed(node, daimon, 'start', 'worker.ts', '--ready', 'exec');
      await eventually(
        'its loop',
        () => box.logOf('worker'),
        () => isRunning(box.pidOf('worker')),
      );
      await user.succeed(node, daimon, 'stop', 'worker');
    });

    await t.test(
      'the watchdog in the addon ends the children of a program that is killed',
      async () => {
        user.write(
          'parent.mjs',
          `import { gracefulShutdown } from 'daimon';
         console.log('child', gracefulShutdown().spawn('${onPath('sleep')}', ['1000']).pid);`,
        );
        const options = { cwd: folder, env: user.environment };
        await using parent = new Program(process.execPath, ['parent.mjs'], options);
        const child = Number((await parent.says(/child (\d+)/))[1]);
        parent.signal('SIGKILL');
        await eventually(
          'the end of the child',
          () => isRunning(child),
          (runs) => !runs,
        );
      },
    );
  });

  it('says which package is missing, and how to get it', async (t) => {
    const user = new UserMachine(t);
    await user.install(packages, '--omit=optional');
    user.write('app.mjs', '');
    const ran = await user.run('npx', 'daimon', 'start', 'app.mjs');
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, new RegExp(`npm install @daimon/${TARGET}`));
  });
});
