import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { FIXTURES } from '../helpers/sandbox.ts';
import { WINE_SKIP, WineBox } from '../helpers/wine.ts';

const LIBRARY = windowsUrl(new URL('../../dist/index.js', import.meta.url));

function windowsUrl(url: URL): string {
  return `file:///Z:${url.pathname}`;
}

async function told(box: WineBox, file = 'out.json'): Promise<Record<string, unknown>> {
  const path = join(box.folder, file);
  const text = await eventually(
    'what the daemon tells',
    () => (existsSync(path) ? readFileSync(path, 'utf8') : ''),
    (seen) => seen.endsWith('}'),
  );
  return JSON.parse(text) as Record<string, unknown>;
}

function pidIn(box: WineBox, file: string): number {
  return Number(readFileSync(join(box.folder, file), 'utf8'));
}

test('Windows: daemonize() hands everything over, and the daemon can be restarted and stopped', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  const ran = await box.node(join(FIXTURES, 'daemonize-tells.mjs'), 'app.pid', 'out.json');
  assert.equal(ran.status, 0, ran.stderr);
  const seen = await told(box);
  assert.equal(seen.pid, pidIn(box, 'app.pid'));
  assert.deepEqual(seen.set, [1, 2]);
  assert.equal(seen.big, String(2n ** 70n));
  assert.equal(seen.megabytes, 3_000_000);
  assert.equal(seen.isCycle, true);
  assert.deepEqual(seen.execArgv, []);
  assert.equal(seen.cwd, 'C:\\test');

  const second = await box.node(join(FIXTURES, 'daemonize-tells.mjs'), 'app.pid', 'out.json');
  assert.equal(second.status, 1);
  assert.match(second.stderr, /ALREADY_RUNNING/);
  assert.match(second.stderr, new RegExp(`pid: ${seen.pid}`));

  await box.succeed('restart', 'app');
  assert.equal((await box.programs()).length, 1);
  await box.succeed('stop', 'app', '--grace', '5s');
  assert.deepEqual(await box.programs(), []);
  assert.equal(existsSync(join(box.folder, 'app.pid')), false);
  assert.equal(existsSync(join(box.folder, 'app.pid.lock')), false);
});

test('Windows: a daemon that ends by itself takes its PID file, lock and record with it', {
  skip: WINE_SKIP,
}, async (t) => {
  const box = new WineBox(t);
  const script = box.file(
    'short.mjs',
    `import { existsSync } from 'node:fs';
     import { daemonize } from '${LIBRARY}';
     await daemonize('short.pid', [], { stdout: 'short.log' });
     console.log('up');
     setInterval(() => existsSync('end') && process.exit(0), 20);`,
  );
  assert.equal((await box.node(script)).status, 0);
  const pid = pidIn(box, 'short.pid');
  assert.equal(JSON.parse(await box.succeed('status', 'short', '--json')).pid, pid);
  box.file('end', '');
  await eventually(
    'its end',
    () => box.isRunning(pid),
    (running) => !running,
  );
  assert.equal(existsSync(join(box.folder, 'short.pid')), false);
  assert.equal(existsSync(join(box.folder, 'short.pid.lock')), false);
  assert.equal((await box.daimon('status', 'short')).status, 3);
  assert.equal(readFileSync(join(box.folder, 'short.log'), 'utf8'), 'up\n');
});

test('Windows: what fails in the daemon is told to its parent', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  const script = (name: string, before: string, after: string) =>
    box.file(
      name,
      `import { daemonize, DaemonError } from '${LIBRARY}';
       ${before}
       await daemonize('x.pid', [], { readyTimeoutMs: 20_000 });
       ${after}`,
    );
  const inDaemon = (does: string) => `if (process.env.STARTED) ${does}; process.env.STARTED = '1';`;
  const early = script('early.mjs', inDaemon("throw new Error('too early')"), '');
  const late = script('late.mjs', '', "throw new Error('after the call')");
  const exits = script('exits.mjs', inDaemon('process.exit(4)'), '');
  const table: [string, RegExp][] = [
    [early, /too early/],
    [late, /after the call/],
    [exits, /exited with code 4/],
  ];
  for (const [path, message] of table) {
    const ran = await box.node(path);
    assert.equal(ran.status, 1, `${path}: ${ran.stderr}`);
    assert.match(ran.stderr, /EXITED_EARLY/);
    assert.match(ran.stderr, message);
    assert.equal(existsSync(join(box.folder, 'x.pid')), false, path);
  }
  const cannot = box.file(
    'cannot.mjs',
    `import { daemonize } from '${LIBRARY}';
     await daemonize('x.pid', [() => {}]).catch((error) => console.log(error.code));
     await daemonize('x.pid', [], { detach: false, stdout: 'log' }).catch((error) => console.log(error.code, error.message));`,
  );
  const ran = await box.node(cannot);
  assert.match(
    ran.stdout,
    /^NOT_CLONEABLE\nUNSUPPORTED .*streams of a program that runs cannot be changed/,
  );
});

test('Windows: Daemonizer, DaemonContext and DaemonRunner', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  const daemonizer = box.file(
    'daemonizer.mjs',
    `import { Daemonizer } from '${LIBRARY}';
     import { writeFileSync } from 'node:fs';
     const d = new Daemonizer();
     const wasSetup = d.isSetup;
     const { isParent, args } = await d.daemonize('one.pid', ['given'], {});
     writeFileSync(isParent ? 'parent.json' : 'one.json', JSON.stringify({ isParent, args, wasSetup }));
     if (!isParent) setInterval(() => {}, 1 << 30);
     await d[Symbol.asyncDispose]();`,
  );
  const ran = await box.node(daemonizer);
  assert.deepEqual(
    await told(box, 'one.json'),
    { isParent: false, args: ['given'], wasSetup: false },
    ran.stderr,
  );
  assert.deepEqual(await told(box, 'parent.json'), { isParent: true, args: null, wasSetup: true });
  await box.succeed('stop', 'one', '--grace', '5s');

  const context = box.file(
    'context.mjs',
    `import { DaemonContext } from '${LIBRARY}';
     import { writeFileSync } from 'node:fs';
     const out = process.cwd() + '\\\\two.json';
     const context = new DaemonContext({ pidfile: 'two.pid', stdout: 'two.log', workingDirectory: 'C:\\\\' });
     const { isSetup } = context;
     await context.open();
     console.log('to stdout');
     writeFileSync(out, JSON.stringify({ isSetup, isOpen: context.isOpen, cwd: process.cwd() }));
     process.on('exit', (code) => writeFileSync(out + '.end', '{"code":' + code + '}'));
     setInterval(() => {}, 1 << 30);`,
  );
  const opened = await box.node(context);
  assert.equal(opened.status, 0, opened.stderr);
  assert.deepEqual(await told(box, 'two.json'), { isSetup: false, isOpen: true, cwd: 'C:\\' });
  assert.equal(readFileSync(join(box.folder, 'two.log'), 'utf8'), 'to stdout\n');
  await box.succeed('stop', 'two', '--grace', '5s');
  assert.deepEqual(await told(box, 'two.json.end'), { code: 143 });

  const runner = box.file(
    'runner.mjs',
    `import { DaemonRunner } from '${LIBRARY}';
     await new DaemonRunner({ pidFile: 'three.pid', stdout: 'three.log',
       run() { console.log('runs'); setInterval(() => {}, 1 << 30) } }).run(process.argv);`,
  );
  assert.match((await box.node(runner, 'start')).stdout, /^Started three \(pid \d+\)/);
  assert.match((await box.node(runner, 'status')).stdout, /three is running/);
  const reloaded = await box.node(runner, 'reload');
  assert.match(reloaded.stderr, /does not handle SIGHUP, which would end it/, reloaded.stdout);
  assert.match((await box.node(runner, 'restart')).stdout, /^Restarted three/);
  assert.match((await box.node(runner, 'stop')).stdout, /^Stopped three/);
  assert.equal((await box.node(runner, 'status')).status, 3);
  assert.equal((await box.node(runner, 'bogus')).status, 2);
});

test('Windows: PidFile is held by one process at a time', { skip: WINE_SKIP }, async (t) => {
  const box = new WineBox(t);
  const holds = box.file(
    'holds.mjs',
    `import { PidFile } from '${LIBRARY}';
     import { existsSync, writeFileSync } from 'node:fs';
     const file = new PidFile('job.pid', { acquireTimeoutMs: Number(process.argv[2]) });
     try {
       await file.acquire();
       console.log('has it', await file.owner() === process.pid, await file.isLocked());
       writeFileSync('held', '');
       while (process.argv[3] && !existsSync('let go')) await new Promise((r) => setTimeout(r, 20));
       await file.release();
       console.log('let go', await file.isLocked());
     } catch (error) { console.log(error.code, error.pid) }`,
  );
  const first = box.node(holds, '0', 'stay');
  await eventually('the first one', () => existsSync(join(box.folder, 'held')), Boolean);
  const pid = pidIn(box, 'job.pid');
  assert.equal((await box.node(holds, '0')).stdout, `ALREADY_RUNNING ${pid}\n`);
  const waits = box.node(holds, '20000');
  box.file('let go', '');
  assert.equal((await first).stdout, 'has it true true\nlet go false\n');
  assert.equal((await waits).stdout, 'has it true true\nlet go false\n');
  assert.equal(existsSync(join(box.folder, 'job.pid.lock')), false);
});
