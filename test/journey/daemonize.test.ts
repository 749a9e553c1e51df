import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildSync } from 'esbuild';
import { eventually } from '../helpers/eventually.ts';
import { FIXTURES, isRunning, type Ran, Sandbox } from '../helpers/sandbox.ts';

const TELLS = join(FIXTURES, 'daemonize-tells.mjs');
const FAILS = join(FIXTURES, 'daemonize-fails.mjs');
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;

interface Told {
  pid: number;
  argv: string[];
  execArgv: string[];
  cwd: string;
  umask: number;
  environment: string[];
  [key: string]: unknown;
}

async function told(box: Sandbox, ran: Ran, out = 'out.json'): Promise<Told> {
  assert.equal(ran.status, 0, ran.stderr);
  const path = join(box.folder, out);
  const text = await eventually(
    'what the daemon tells',
    () => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
    (seen) => seen.endsWith('}'),
  );
  return JSON.parse(text) as Told;
}

function paths(box: Sandbox): [string, string] {
  return [join(box.folder, 'app.pid'), join(box.folder, 'out.json')];
}

function pidIn(box: Sandbox, file = 'app.pid'): number {
  return Number(readFileSync(join(box.folder, file), 'utf8'));
}

describe('daemonize()', () => {
  it('hands Map, Set, Date, BigInt, typed arrays, cycles and megabytes over; the parent ends with 0', async (t) => {
    const box = new Sandbox(t);
    const [pidFile, out] = paths(box);
    const seen = await told(box, await box.run([process.execPath, TELLS, pidFile, out]));
    assert.equal(seen.pid, pidIn(box));
    assert.deepEqual(seen.set, [1, 2]);
    assert.equal(seen.date, '1970-01-01T00:00:00.000Z');
    assert.equal(seen.big, String(2n ** 70n));
    assert.deepEqual(seen.bytes, [1, 65535]);
    assert.equal(seen.megabytes, 3_000_000);
    assert.equal(seen.isCycle, true);
    assert.deepEqual(seen.argv, [pidFile, out]);
    assert.equal(seen.umask, 0o027);
    assert.equal(seen.cwd, box.folder);
    assert.deepEqual(seen.environment, ['DAIMON_HOME']);
    const stat = readFileSync(`/proc/${seen.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    assert.notEqual(Number(stat[3]), seen.pid, 'it leads a session');
    assert.equal(stat[4], '0', 'it has a terminal');
  });

  it('is seen, restarted and stopped by the command, by the base name of its PID file', async (t) => {
    const box = new Sandbox(t);
    const [pidFile, out] = paths(box);
    const first = await told(box, await box.run([process.execPath, TELLS, pidFile, out]));
    const status = JSON.parse(await box.succeed('status', 'app', '--json'));
    assert.equal(status.pid, first.pid);
    assert.equal(status.pidFile, pidFile);
    await box.succeed('restart', 'app');
    const second = pidIn(box);
    assert.notEqual(second, first.pid);
    assert.equal(isRunning(second), true);
    await box.succeed('stop', 'app');
    assert.equal(existsSync(pidFile) || existsSync(`${pidFile}.lock`), false);
  });

  it('adds the folder to the name where a running daemon of another PID file has it', async (t) => {
    const box = new Sandbox(t);
    const names: unknown[] = [];
    for (const folder of ['blue', 'green']) {
      mkdirSync(join(box.folder, folder));
      const pidFile = join(box.folder, folder, 'app.pid');
      const out = join(box.folder, `${folder}.json`);
      await told(box, await box.run([process.execPath, TELLS, pidFile, out]), `${folder}.json`);
    }
    for (const { name } of JSON.parse(await box.succeed('list', '--json'))) names.push(name);
    assert.deepEqual(names, ['app', 'app@green']);
  });

  it('takes cwd, umask and stripArgs', async (t) => {
    const box = new Sandbox(t);
    const options = JSON.stringify({ cwd: '/', umask: '022', stripArgs: false });
    const [pidFile, out] = paths(box);
    const seen = await told(box, await box.run([process.execPath, TELLS, pidFile, out, options]));
    assert.equal(seen.cwd, '/');
    assert.equal(seen.umask, 0o022);
  });

  it('refuses a second start, and names who runs', async (t) => {
    const box = new Sandbox(t);
    const [pidFile, out] = paths(box);
    await told(box, await box.run([process.execPath, TELLS, pidFile, out]));
    const second = await box.run([process.execPath, TELLS, pidFile, out]);
    assert.equal(second.status, 1);
    assert.match(second.stderr, new RegExp(`ALREADY_RUNNING[\\s\\S]*pid: ${pidIn(box)}`));
  });

  it('of eight simultaneous starts leaves one', async (t) => {
    const box = new Sandbox(t);
    const [pidFile, out] = paths(box);
    const runs = await Promise.all(
      Array.from({ length: 8 }, () => box.run([process.execPath, TELLS, pidFile, out])),
    );
    const winners = runs.filter(({ status }) => status === 0);
    assert.equal(winners.length, 1, runs.map(({ stderr }) => stderr).join('\n'));
    assert.equal(isRunning(pidIn(box)), true);
  });

  const ways: Record<string, (box: Sandbox) => string[]> = {
    'with node -e': (box) => {
      const [pidFile, out] = paths(box);
      const code = `import(${JSON.stringify(LIBRARY)}).then(async ({ daemonize }) => {
        const [n] = await daemonize(process.argv[1], [41n]);
        require('fs').writeFileSync(process.argv[2], JSON.stringify({ pid: process.pid, n: String(n), argv: process.argv.slice(1), execArgv: [] }));
        setInterval(() => {}, 1 << 30);
      })`;
      return [process.execPath, '-e', code, pidFile, out];
    },
    'through a symbolic link': (box) => {
      const link = join(box.folder, 'link.mjs');
      symlinkSync(TELLS, link);
      return [process.execPath, link, ...paths(box)];
    },
    'with a loader': (box) => [process.execPath, '--import', TSX, TELLS, ...paths(box)],
    'under npx tsx': (box) => [join(FIXTURES, '../../node_modules/.bin/tsx'), TELLS, ...paths(box)],
    'from TypeScript and CommonJS': (box) => {
      const script = box.file(
        'app.cts',
        `const { writeFileSync } = require('node:fs');
         const [, , pidFile, out] = process.argv as string[];
         import(${JSON.stringify(LIBRARY)}).then(async ({ daemonize }) => {
           const [n]: [bigint] = await daemonize(pidFile, [41n]);
           writeFileSync(out, JSON.stringify({ pid: process.pid, n: String(n), argv: process.argv.slice(2), execArgv: [] }));
           setInterval(() => {}, 1 << 30);
         });`,
      );
      return [process.execPath, '--import', TSX, script, ...paths(box)];
    },
    'from a bundle that has us in it': (box) => {
      mkdirSync(join(box.folder, 'node_modules'));
      symlinkSync(ROOT, join(box.folder, 'node_modules/daimon'));
      const outfile = join(box.folder, 'app.mjs');
      buildSync({ entryPoints: [TELLS], bundle: true, platform: 'node', format: 'esm', outfile });
      return [process.execPath, outfile, ...paths(box)];
    },
    'under a debugger': (box) => [process.execPath, '--inspect=127.0.0.1:0', TELLS, ...paths(box)],
    'with a relative --require, into another folder': (box) => {
      box.file('before.cjs', 'globalThis.before = true;');
      return [process.execPath, '--require', './before.cjs', TELLS, ...paths(box), '{"cwd":"/"}'];
    },
  };
  for (const [way, command] of Object.entries(ways)) {
    it(`works ${way}`, async (t) => {
      const box = new Sandbox(t);
      const seen = await told(box, await box.run(command(box)));
      assert.equal(seen.pid, pidIn(box));
      assert.equal(
        seen.execArgv.some((argument) => argument.startsWith('--inspect')),
        false,
      );
    });
  }
});

describe('daemonize() of a program that fails', () => {
  const mark = (box: Sandbox) => ({ env: { ...box.environment, MARK: '1' } });
  const fails = async (t: TestContext, way: string, port = 0) => {
    const box = new Sandbox(t);
    const pidFile = join(box.folder, 'app.pid');
    const ran = await box.run([process.execPath, FAILS, pidFile, way, String(port)], mark(box));
    return { box, pidFile, ran };
  };

  for (const [way, words] of [
    ['before', /exited with code 1 before it was ready[\s\S]*broken before the call/],
    ['after', /exited with code 1 before it was ready[\s\S]*broken after the call/],
    ['silent', /exited with code 7 before it was ready/],
    ['never', /READY_TIMEOUT/],
    ['unready', /READY_TIMEOUT/],
  ] as const) {
    it(`tells the parent, and leaves nothing: ${way}`, async (t) => {
      const { box, pidFile, ran } = await fails(t, way);
      assert.equal(ran.status, 1, ran.stderr);
      assert.match(ran.stderr, words);
      assert.equal(existsSync(pidFile), false);
      assert.deepEqual(JSON.parse(await box.succeed('list', '--json')), []);
    });
  }

  it('tells the parent of a port that is taken', async (t) => {
    const taken = createServer().listen(0);
    t.after(() => taken.close());
    const { ran } = await fails(t, 'port', (taken.address() as AddressInfo).port);
    assert.equal(ran.status, 1);
    assert.match(ran.stderr, /EADDRINUSE/);
  });

  it('counts one as ready that computes without end after its call', async (t) => {
    const { box, ran } = await fails(t, 'blocked');
    assert.equal(ran.status, 0, ran.stderr);
    await box.succeed('stop', 'app', '--grace', '100ms');
  });
});

describe('daemonize() where it cannot be', () => {
  const evaluate = async (
    t: TestContext,
    code: string,
    args: string[] = ['--input-type=module', '-e'],
  ) => {
    const box = new Sandbox(t);
    const text = `import { daemonize, SIGTERM } from ${JSON.stringify(LIBRARY)};
      import { Worker } from 'node:worker_threads'; import net from 'node:net';
      const attempt = (...args) => daemonize(...args).then(() => console.log('done'), (e) => console.log(e.code, e.path, e.message));
      ${code}`;
    const ran = await box.run(
      [process.execPath, ...args, ...(args.at(-1) === '-e' ? [text] : [])],
      {
        input: args.at(-1) === '-' ? text : '',
      },
    );
    return ran.stdout + ran.stderr;
  };

  for (const [what, code, words] of [
    [
      'a function among the arguments',
      `await attempt('a.pid', [{ list: [1, { on: () => {} }] }])`,
      /NOT_CLONEABLE args\[0\]\.list\[1\]\.on /,
    ],
    [
      'a socket among the arguments',
      `await attempt('a.pid', [1, { db: new net.Socket() }])`,
      /NOT_CLONEABLE args\[1\]\.db .*a Socket/,
    ],
    [
      'a symbol in a Map',
      `await attempt('a.pid', [new Map([['k', Symbol('s')]])])`,
      /NOT_CLONEABLE args\[0\]\.get\("k"\)/,
    ],
    [
      'a function beside a cycle',
      `const a = { b: {} }; a.b.back = a; a.f = () => {}; await attempt('a.pid', [a])`,
      /NOT_CLONEABLE args\[0\]\.f /,
    ],
    ['arguments that are no array', `await attempt('a.pid', 5)`, /INVALID_ARGUMENT.*array/],
    ['no PID file', `await attempt('')`, /INVALID_ARGUMENT.*PID file/],
    ['an unknown option', `await attempt('a.pid', [], { umaks: 1 })`, /UNKNOWN_OPTION.*"umask"/],
    [
      'an option of the wrong type',
      `await attempt('a.pid', [], { cwd: 5 })`,
      /INVALID_ARGUMENT.*cwd/,
    ],
    ['a negative umask', `await attempt('a.pid', [], { umask: -1 })`, /INVALID_ARGUMENT/],
    [
      'a umask that is not octal',
      `await attempt('a.pid', [], { umask: '028' })`,
      /INVALID_ARGUMENT.*octal/,
    ],
    [
      'a negative timeout',
      `await attempt('a.pid', [], { readyTimeoutMs: -1 })`,
      /INVALID_ARGUMENT/,
    ],
    [
      'a kept fd that is closed',
      `await attempt('a.pid', [], { keepFds: [77] })`,
      /INVALID_ARGUMENT.*keepFds\[0\].*77/,
    ],
    [
      'a server that does not listen',
      `await attempt('a.pid', [], { keepFds: [net.createServer()] })`,
      /INVALID_ARGUMENT.*keepFds\[0\]/,
    ],
    [
      'a folder that is not there',
      `await attempt('/nowhere/a.pid')`,
      /LAUNCH_FAILED \/nowhere\/a\.pid\.lock/,
    ],
    [
      'a working directory that is not there',
      `await attempt('a.pid', [], { cwd: '/nowhere' })`,
      /LAUNCH_FAILED \/nowhere/,
    ],
    [
      'a worker thread',
      `new Worker(${JSON.stringify(`import(${JSON.stringify(LIBRARY)}).then(({ daemonize }) => daemonize('a.pid')).catch((e) => console.log(e.code, e.message))`)}, { eval: true })`,
      /UNSUPPORTED.*main thread/,
    ],
  ] as const) {
    it(`refuses ${what}, before anything started`, async (t) => {
      assert.match(await evaluate(t, code), words);
    });
  }

  it('refuses a program from standard input', async (t) => {
    assert.match(
      await evaluate(t, `await attempt('a.pid')`, ['--input-type=module', '-']),
      /UNSUPPORTED.*standard input/,
    );
  });

  it('refuses the REPL', async (t) => {
    const box = new Sandbox(t);
    const repl = box.spawn([process.execPath, '-i'], { stdio: ['pipe', 'pipe', 'inherit'] });
    let said = '';
    repl.stdout?.on('data', (data: Buffer) => {
      said += data;
    });
    repl.stdin?.write(
      `import(${JSON.stringify(LIBRARY)}).then(({ daemonize }) => daemonize('a.pid')).catch((e) => console.log(e.code, e.message))\n`,
    );
    await eventually(
      'the refusal',
      () => said,
      (text) => /UNSUPPORTED .*REPL/.test(text),
    );
    repl.stdin?.end();
  });

  it('refuses a second call in the daemon', async (t) => {
    const box = new Sandbox(t);
    const script = box.file(
      'twice.mjs',
      `import { daemonize } from ${JSON.stringify(LIBRARY)}; import { writeFileSync } from 'node:fs';
       await daemonize('app.pid');
       await daemonize('other.pid').catch((e) => writeFileSync('out.json', JSON.stringify({ code: e.code })));
       setInterval(() => {}, 1 << 30);`,
    );
    const seen = await told(box, await box.run([process.execPath, script]));
    assert.equal(seen.code, 'INVALID_ARGUMENT');
  });
});
