import assert from 'node:assert/strict';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { OTHER_RUNTIMES, runtimePath } from '../../tools/node-cache.mjs';
import { eventually } from '../helpers/eventually.ts';
import { Program } from '../helpers/program.ts';
import { CLI, FIXTURES, Sandbox } from '../helpers/sandbox.ts';

// Bun and Deno: the command itself, and the parts of the library that runtimes.test.ts leaves out.

/** All of them, in any order: threads speak when they come to it. */
const inAnyOrder = (...texts: string[]) =>
  new RegExp(texts.map((text) => `(?=[^]*${text})`).join(''));

const SHUTDOWNS: [fixture: string, args: string[], code: number, said: RegExp][] = [
  [
    'stops-from-busy-loop.mjs',
    ['2'],
    0,
    inAnyOrder('main saw SIGTERM', 'worker 1 finally', 'worker 2 finally'),
  ],
  ['hooks.mjs', ['order'], 0, /drain: drained done[\s\S]*left done[\s\S]*closed first given done/],
  ['hooks.mjs', ['throws'], 1, /the rest ran/],
  ['hooks.mjs', ['blocks', '300'], 143, /blocking/],
  ['shutdown-cases.mjs', ['waits'], 0, /woke by SIGTERM 15/],
  ['worker-kinds.mjs', ['awaits'], 0, /cleaned up[\s\S]*worker exit 0/],
  ['worker-kinds.mjs', ['blocks'], 0, /asked true[\s\S]*worker exit 0/],
  ['worker-kinds.mjs', ['busyForever', '100'], 0, /worker exit 1/],
];

for (const name of OTHER_RUNTIMES) {
  const path = runtimePath(name);
  const skip = existsSync(path) ? false : `no ${path}; run: node tools/fetch-nodes.mjs`;
  const options = name === 'deno' ? ['run', '-A'] : [];
  const command = [path, ...options];
  const fixture = (file: string) => join(FIXTURES, file);

  describe(`the command run by ${name}`, { skip }, () => {
    it('starts by itself, tells, restarts and stops; TypeScript too', async (t) => {
      const box = new Sandbox(t);
      const daimon = (...words: string[]) => box.run([...command, CLI, ...words]);
      box.file('app.ts', `console.log('up' as string); setInterval(() => {}, 1 << 30)`);
      const started = await daimon('start', 'app.ts');
      assert.match(started.stdout, /^Started app \(pid \d+\), ready/, started.stderr);
      assert.equal(basename(readlinkSync(`/proc/${box.pidOf('app')}/exe`)), name);
      await eventually(
        'its log',
        () => box.logOf('app'),
        (text) => text === 'up\n',
      );
      assert.match((await daimon('restart', 'app')).stdout, /^Restarted app/);
      assert.equal((await daimon('status', 'app')).status, 0);
      assert.equal((await daimon('stop', 'app')).status, 0);
      assert.equal((await daimon('status', 'app')).status, 3);
    });

    it('tells of a program that fails, and refuses ways of being ready that it cannot see', async (t) => {
      const box = new Sandbox(t);
      const daimon = (...words: string[]) => box.run([...command, CLI, ...words]);
      box.file('fails.mjs', `throw new Error('no database')`);
      const failed = await daimon('start', '--settle', '20s', 'fails.mjs');
      assert.equal(failed.status, 1);
      assert.match(failed.stderr, /exited with code 1 before it was ready[\s\S]*no database/);
      for (const ready of ['loaded', 'listening']) {
        const refused = await daimon('start', '--ready', ready, 'fails.mjs');
        assert.equal(refused.status, 2);
        assert.match(refused.stderr, /is for programs that Node runs; for others choose exec/);
      }
    });

    it(name === 'bun' ? 'refuses run' : 'passes signals on in run', async (t) => {
      const box = new Sandbox(t);
      box.file(
        'app.mjs',
        `process.on('SIGUSR2', () => console.log('usr2'));
         process.on('SIGTERM', () => process.exit(5));
         setInterval(() => {}, 1 << 30); console.log('ready')`,
      );
      const spawned = { env: box.environment, cwd: box.folder };
      await using run = new Program(path, [...options, CLI, 'run', 'app.mjs'], spawned);
      if (name === 'bun') {
        assert.equal(await run.end(), 2);
        assert.match(run.errors, /cannot pass signals on when Bun runs it\. Run daimon by Node/);
        return;
      }
      await run.says(/ready/);
      run.signal('SIGUSR2');
      await run.says(/usr2/);
      run.signal('SIGTERM');
      assert.equal(await run.end(), 5, run.errors);
    });
  });

  describe(`the library on ${name}`, { skip }, () => {
    it('DaemonRunner starts, tells, reloads, restarts, stops', async (t) => {
      const box = new Sandbox(t);
      const pidFile = join(box.folder, 'app.pid');
      const env = { ...box.environment, APP_PID: pidFile };
      const app = (word: string) => box.run([...command, fixture('runner-app.mjs'), word], { env });
      const started = await app('start');
      assert.match(started.stdout, /^Started app/, started.stderr);
      assert.match((await app('status')).stdout, /^app is running/);
      assert.match((await app('reload')).stdout, /^Sent SIGHUP to app/);
      await eventually('the reload', () => existsSync(`${pidFile}.reloaded`), Boolean);
      assert.match((await app('restart')).stdout, /^Restarted app/);
      assert.match((await app('stop')).stdout, /^Stopped app/);
      assert.equal((await app('status')).status, 3);
      assert.equal((await app('bogus')).status, 2);
    });

    it('DaemonContext detaches, with its options', async (t) => {
      const box = new Sandbox(t);
      const [out, log] = [join(box.folder, 'out'), join(box.folder, 'log')];
      const given = { workingDirectory: '/tmp', umask: '027', pidfile: 'own.pid', stdout: log };
      const ran = await box.run([
        ...command,
        fixture('context-tells.mjs'),
        out,
        JSON.stringify(given),
      ]);
      assert.equal(ran.status, 0, ran.stderr);
      const read = () => readFileSync(out, 'utf8');
      const seen = JSON.parse(await eventually('what it tells', read, (text) => /\}$/.test(text)));
      assert.deepEqual(
        [seen.isOpen, seen.cwd, seen.umask, seen.core],
        [true, '/tmp', 0o027, ['0', '0']],
      );
      assert.equal(readFileSync(join(box.folder, 'own.pid'), 'utf8'), `${seen.pid}\n`);
      await eventually(
        'its output',
        () => readFileSync(log, 'utf8'),
        (text) => text === 'to stdout\n',
      );
      await box.succeed('stop', 'own');
    });

    it('DaemonContext maps signals', async (t) => {
      const box = new Sandbox(t);
      const words = [...options, fixture('context-signals.mjs'), join(box.folder, 'c.pid')];
      await using program = new Program(path, words, { env: box.environment, cwd: box.folder });
      await program.says(/ready/);
      program.signal('SIGHUP');
      await program.says(/reload SIGHUP/);
      program.signal(36); // SIGRTMIN+2
      await program.says(/function 36/);
      program.signal('SIGTERM');
      assert.equal(await program.end(), 143, program.errors);
      assert.match(program.output, /exit 143 false/);
    });

    for (const form of ['using', 'scope']) {
      it(`Daemonizer by ${form}: only the daemon comes after the scope`, async (t) => {
        const box = new Sandbox(t);
        const out = join(box.folder, 'out');
        const words = [fixture('daemonizer-scope.mts'), form, join(box.folder, 'app.pid'), out, ''];
        const ran = await box.run([...command, ...words]);
        assert.equal(ran.status, 0, ran.stderr);
        const read = () => readFileSync(out, 'utf8');
        const text = await eventually('what comes after', read, (seen) => /after/.test(seen));
        assert.match(text, /isParent false args \[7\]/);
        assert.match(text, /isParent true args null/);
        assert.equal(text.match(/^after/gm)?.length, 1, text);
      });
    }

    for (const [file, args, code, said] of SHUTDOWNS) {
      it(`gracefulShutdown(): ${file} ${args.join(' ')}`, async () => {
        await using program = new Program(path, [...options, fixture(file), ...args]);
        await program.says(/ready/);
        program.signal('SIGTERM');
        assert.equal(await program.end(), code, program.errors);
        assert.match(program.output, said);
      });
    }
  });
}
