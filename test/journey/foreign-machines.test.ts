import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { armNodePath } from '../../tools/node-cache.mjs';
import { eventually } from '../helpers/eventually.ts';
import { MUSL_SKIP, MuslSystem } from '../helpers/musl.ts';
import { Program } from '../helpers/program.ts';
import { type Packed, packAll } from '../helpers/registry.ts';
import { FIXTURES, isRunning, Sandbox } from '../helpers/sandbox.ts';
import { WINE_SKIP, WineBox, windowsPath } from '../helpers/wine.ts';

const made = mkdtempSync(join(tmpdir(), 'daimon-packed-'));
let packages: Packed[] = [];
before(() => {
  packages = packAll(join(made, 'packages'));
});
after(() => rmSync(made, { recursive: true }));

const USED = ['stops-from-busy-loop.mjs', 'handles-signals.mjs', 'child-trees.mjs'];
const CLI = 'node_modules/daimon/dist/cli.cjs';

/** The packages as npm lays them out there, and the programs that use them. */
function fillAppFolder(folder: string, target: string): void {
  for (const name of ['daimon', `@daimon/${target}`]) {
    const tarball = packages.find((packed) => packed.name === name)?.tarball;
    assert.ok(tarball, `${name} was not built`);
    const into = join(folder, 'node_modules', name);
    mkdirSync(into, { recursive: true });
    execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', into]);
  }
  for (const fixture of USED) copyFileSync(join(FIXTURES, fixture), join(folder, fixture));
}

/** Programs of the library there: `start` gives a process whose pid is the program's. */
async function useTheLibrary(start: (...words: string[]) => Program): Promise<void> {
  {
    await using program = start('stops-from-busy-loop.mjs', '1');
    await program.says(/ready/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    assert.match(program.output, /main saw SIGTERM from true[\s\S]*worker \d finally/);
  }
  await using program = start('handles-signals.mjs', 'handles', 'handles.pid');
  await program.says(/ready/);
  program.signal('SIGHUP');
  await program.says(/hup 1 from true/);
  program.signal('SIGTERM');
  assert.equal(await program.end(), 143, program.errors);
}

describe('on a musl system, with no file of glibc', { skip: MUSL_SKIP }, () => {
  function makeSystem(t: TestContext) {
    const holder: { system?: MuslSystem } = {};
    t.after(() => holder.system?.endAll()); // before the sandbox looks for what is left
    const box = new Sandbox(t);
    const system = new MuslSystem(join(box.folder, 'alpine'));
    holder.system = system;
    const app = join(system.root, 'app');
    fillAppFolder(app, 'linux-x64');
    const env = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', DAIMON_HOME: '/tmp/home' };
    const options = { cwd: box.folder, env };
    const run = (script: string) => box.run(system.command(script), options);
    const start = (...words: string[]) => {
      const [file = '', ...rest] = system.command(`exec bun ${words.join(' ')}`);
      return new Program(file, rest, options);
    };
    const file = (path: string) => readFileSync(join(system.root, path), 'utf8');
    return { run, start, file };
  }

  it('the command starts, tells and stops daemons, also of another user, from busybox', async (t) => {
    const { run, file } = makeSystem(t);
    const first = await run(`${CLI} start --ready exec sleep -- 100; ${CLI} status sleep`);
    assert.match(first.stdout, /Started sleep[\s\S]*sleep is running/, first.stderr);
    const stopped = await run(`text=$(${CLI} stop sleep); echo "$? $text"; ${CLI} status sleep`);
    assert.match(stopped.stdout, /^0 Stopped sleep/, stopped.stderr);
    assert.equal(stopped.status, 3);

    await run(`chmod 711 /tmp/home; ${CLI} start --user worker --ready exec sleep -- 100`);
    const status = readFileSync(`/proc/${Number(file('/tmp/home/run/sleep.pid'))}/status`, 'utf8');
    assert.match(status, /Uid:\s4711\s4711[\s\S]*Gid:\s4712[\s\S]*Groups:\s4712 4713/);
    assert.match((await run(`${CLI} stop sleep`)).stdout, /Stopped sleep/);
  });

  it('daemonize()', async (t) => {
    const { run, file } = makeSystem(t);
    const program = `
      import { readFileSync } from 'node:fs';
      import { daemonize } from 'daimon';
      const [map] = await daemonize('/tmp/app.pid', [new Map([[1n, 'one']])], { stdout: '/tmp/out' });
      console.log(map.get(1n), readFileSync('/proc/self/maps', 'utf8'));
      setInterval(() => {}, 60_000);`;
    const ran = await run(`cat > app.mjs <<'END'\n${program}\nEND\nbun app.mjs`);
    assert.equal(ran.status, 0, ran.stderr);
    const said = await eventually(
      'what it is',
      () => file('/tmp/out'),
      (text) => /stack/.test(text),
    );
    assert.match(said, /^one[\s\S]*@daimon\/linux-x64\/daimon\.node[\s\S]*ld-musl/);
    assert.doesNotMatch(said, /libc\.so\.6/);
    assert.match((await run(`${CLI} stop app`)).stdout, /Stopped app/);
  });

  it('signals reach busy loops and handlers', async (t) => {
    await useTheLibrary(makeSystem(t).start);
  });

  it('the watchdog, which is the addon executed, ends what a killed program leaves', async (t) => {
    await using parent = makeSystem(t).start('child-trees.mjs', 'ignores');
    const child = Number((await parent.says(/pid (\d+)/))[1]);
    parent.signal('SIGKILL');
    await eventually(
      'the end of the child',
      () => isRunning(child),
      (runs) => !runs,
    );
  });
});

const ARM_ROOT = '/usr/aarch64-linux-gnu';
const ARM_SKIP =
  [
    { path: '/usr/bin/qemu-aarch64', remedy: 'apt-get install qemu-user' },
    { path: '/usr/bin/aarch64-linux-gnu-gcc', remedy: 'apt-get install gcc-aarch64-linux-gnu' },
    { path: `${ARM_ROOT}/lib/libc.so.6`, remedy: 'apt-get install libc6-dev-arm64-cross' },
    { path: `${ARM_ROOT}/lib/libstdc++.so.6`, remedy: 'apt-get install libstdc++6-arm64-cross' },
    { path: armNodePath(), remedy: 'node tools/fetch-nodes.mjs' },
  ]
    .filter(({ path }) => !existsSync(path))
    .map(({ path, remedy }) => `no ${path}; ${remedy}`)
    .join('; ') || false;

// An emulator of processes, not of a machine: what it executes is this machine's own, hence the interpreter.
describe('on arm64, under qemu-user', { skip: ARM_SKIP }, () => {
  const emulated = ['-L', ARM_ROOT, armNodePath()];

  function makeMachine(t: TestContext) {
    const box = new Sandbox(t);
    const app = join(box.folder, 'app');
    fillAppFolder(app, 'linux-arm64');
    const node = box.file(
      'node-arm64',
      `#!/bin/sh\nexec qemu-aarch64 ${emulated.join(' ')} "$@"\n`,
      0o755,
    );
    const options = { cwd: app, env: box.environment };
    const daimon = (...words: string[]) => box.run([node, CLI, ...words], options);
    const start = (...words: string[]) =>
      new Program('qemu-aarch64', [...emulated, ...words], options);
    return { box, app, node, daimon, start };
  }

  it('the command starts, tells and stops a daemon, by fork(2), as vfork(2) shares no memory', async (t) => {
    const { box, node, daimon } = makeMachine(t);
    box.file('app/app.mjs', "console.log('I am', process.arch); setInterval(() => {}, 60_000);\n");
    const started = await daimon('start', '--interpreter', node, 'app.mjs');
    assert.match(started.stdout, /Started app/, started.stderr);
    await eventually(
      'its word',
      () => box.logOf('app'),
      (text) => text === 'I am arm64\n',
    );
    assert.match((await daimon('status', 'app')).stdout, /app is running/);
    assert.match((await daimon('stop', 'app')).stdout, /Stopped app/);
  });

  it('signals reach busy loops and handlers', async (t) => {
    await useTheLibrary(makeMachine(t).start);
  });

  it('the addon is a program: a watchdog that ends with what it watches', async (t) => {
    const { box, app } = makeMachine(t);
    const addon = join(app, 'node_modules/@daimon/linux-arm64/daimon.node');
    // Of no family, so that it only waits; a closed pipe wakes it as the end of a process does.
    const watchdog = box.spawn(['qemu-aarch64', addon, '0'], {
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    });
    const name = () => readFileSync(`/proc/${watchdog.pid}/comm`, 'utf8');
    await eventually('its name', name, (text) => text === 'daimon-watchdog\n');
    watchdog.stdio[3]?.destroy();
    await eventually(
      'its end',
      () => watchdog.exitCode,
      (code) => code === 0,
    );
  });
});

describe('on Windows, under Wine, from its package', { skip: WINE_SKIP }, () => {
  it('start, status, stop; the first run of a command leaves its code cache', async (t) => {
    const box = new WineBox(t);
    const app = join(box.folder, 'app');
    fillAppFolder(app, 'win32-x64');
    const script = box.file('app/app.mjs', 'setInterval(() => {}, 60_000);\n');
    const daimon = (...words: string[]) => box.node(join(app, CLI), ...words);
    const started = await daimon('start', windowsPath(script));
    assert.match(started.stdout, /Started app/, started.stderr);
    assert.match((await daimon('status', 'app')).stdout, /app is running/);
    assert.match((await daimon('stop', 'app')).stdout, /Stopped app/);
    const caches = readdirSync(join(app, 'node_modules/daimon/dist')).filter((name) =>
      name.endsWith('.cache'),
    );
    const commands = caches.map((name) => name.split('-')[1]);
    assert.deepEqual(commands.sort(), ['start', 'status', 'stop']);
  });
});
