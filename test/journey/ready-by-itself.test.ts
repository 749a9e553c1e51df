import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { cannotBeOrdinary } from '../helpers/ordinary-user.ts';
import { CLI, Sandbox } from '../helpers/sandbox.ts';

const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;

/** A program that uses the library; it logs what it is told. */
function program(box: Sandbox, body: string): string {
  chmodSync(box.folder, 0o755);
  const script = `import { existsSync } from 'node:fs';
    import { daemonize, ready, status } from ${JSON.stringify(LIBRARY)};
    const until = async (path) => { while (!existsSync(path)) await new Promise((go) => setTimeout(go, 5)); };
    const stays = () => setInterval(() => {}, 1 << 30);
    ${body}`;
  return box.file('app.mjs', script);
}

const logged = (box: Sandbox, name: string, words: RegExp) =>
  eventually(
    String(words),
    () => (existsSync(join(box.home, 'logs', `${name}.log`)) ? box.logOf(name) : ''),
    (log) => words.test(log),
  );

/** A folder for the home that has another name too. */
function throughLink(t: TestContext): Sandbox {
  const box = new Sandbox(t);
  mkdirSync(box.home);
  renameSync(box.home, `${box.home}-itself`);
  symlinkSync('home-itself', box.home);
  return box;
}

describe('ready() and status()', () => {
  it('are false where nobody waits', async (t) => {
    const box = new Sandbox(t);
    const ran = await box.run([
      process.execPath,
      program(box, `console.log(ready(), status('alone'));`),
    ]);
    assert.equal(ran.stdout, 'false false\n', ran.stderr);
  });

  for (const [what, address] of [
    ['below a file', '/etc/passwd/socket'],
    ['too long for a socket', 'x'.repeat(200)],
    ['of no socket', '/etc/passwd'],
    ['of another family', 'vsock:2:9999'],
  ] as const) {
    it(`are false for an address ${what}, and daimon run goes on`, async (t) => {
      const box = new Sandbox(t);
      const options = { env: { ...box.environment, NOTIFY_SOCKET: address } };
      const script = program(box, `console.log(ready(), status('alone'));`);
      const ran = await box.run([process.execPath, script], options);
      assert.equal(ran.stdout, 'false false\n', ran.stderr);
      const words = ['run', '--ready', 'exec', '--', 'sh', '-c', 'exit 7'];
      const waited = await box.run([process.execPath, CLI, ...words], options);
      assert.deepEqual([waited.status, waited.stderr], [7, '']);
    });
  }

  it('tell the parent of daemonize(), which waits for the first; the record keeps the last word', async (t) => {
    const box = new Sandbox(t);
    const script = program(
      box,
      `await daemonize('own.pid', [], { ready: 'notify', stdout: 'out' });
       console.log(status('loading'));
       await until('go');
       console.log(ready(), ready(), status('serving\\n it'));
       stays();`,
    );
    const launcher = box.spawn([process.execPath, script], { stdio: 'ignore' });
    const out = () =>
      existsSync(join(box.folder, 'out')) ? readFileSync(join(box.folder, 'out'), 'utf8') : '';
    await eventually('its first word', out, (text) => text === 'true\n');
    assert.equal(launcher.exitCode, null, 'it has not waited');
    box.file('go', '');
    await eventually('its end', () => launcher.exitCode, Number.isInteger);
    assert.equal(launcher.exitCode, 0);
    await eventually('its last words', out, (text) => text === 'true\ntrue false true\n');
    await eventually(
      'its status',
      () => box.succeed('status', 'own.pid'),
      (text) => /says +serving it\n/.test(text),
    );
  });

  for (const [how, makeBox] of [
    ['', (t: TestContext) => new Sandbox(t)],
    [', its home named through a link', throughLink],
  ] as const) {
    it(`tell a start that waits for notify, then the record${how}`, async (t) => {
      const box = makeBox(t);
      const body = `console.log(status('loading'), ready());
        await until('go');
        console.log(status('serving'));
        stays();`;
      const cwd = ['--cwd', box.folder];
      await box.succeed('start', '--name', 'web', '--ready', 'notify', ...cwd, program(box, body));
      assert.match(await box.succeed('status', 'web'), /says +loading\n/);
      const itself = join(realpathSync(box.home), 'run', 'web.pid');
      assert.match(await box.succeed('status', itself), /^web is running/);
      box.file('go', '');
      await logged(box, 'web', /true true\ntrue\n/);
      await eventually(
        'its status',
        () => box.succeed('status', 'web'),
        (text) => /says +serving\n/.test(text),
      );
    });

    it(`leave daemonize() where daimon has started the program${how}`, async (t) => {
      const box = makeBox(t);
      const body = `await daemonize(${JSON.stringify(join(box.folder, 'own.pid'))}); console.log('pid', process.pid); stays();`;
      await box.succeed('start', '--name', 'web', program(box, body));
      await logged(box, 'web', new RegExp(`^pid ${box.pidOf('web')}$`, 'm'));
      assert.equal(JSON.parse(await box.succeed('list', '--json')).length, 1);
    });
  }

  it('do no harm to a daemon of another user, which may not write its record', {
    skip: cannotBeOrdinary,
  }, async (t) => {
    const box = new Sandbox(t);
    const places = {
      hidden: join(box.home, 'run', 'hidden.pid'),
      seen: join(box.folder, 'seen.pid'),
    };
    for (const [name, pidFile] of Object.entries(places)) {
      const body = `console.log(ready());
        await until('go-${name}');
        console.log(status('serving'));
        await daemonize(${JSON.stringify(pidFile)});
        console.log('still', process.pid);
        stays();`;
      const start = ['start', '--name', name, '--ready', 'notify', '--user', 'nobody'];
      const rest = ['--cwd', box.folder, '--pid-file', pidFile, program(box, body)];
      const [, pid] = /pid (\d+)/.exec(await box.succeed(...start, ...rest)) ?? [];
      box.file(`go-${name}`, '');
      await logged(box, name, new RegExp(`true\nfalse\nstill ${pid}\n`));
      assert.equal((await box.succeed('list')).match(/running/g)?.length, 1);
      await box.succeed('stop', name);
    }
  });

  it('do no harm when the parent that gave the IPC channel has just gone', async (t) => {
    const box = new Sandbox(t);
    const script = program(
      box,
      `const parent = process.ppid;
       process.stdout.write('started\\n');
       while (process.ppid === parent);
       const told = ready();
       setImmediate(() => setImmediate(() => console.error('goes on', told)));`,
    );
    box.file(
      'parent.mjs',
      `import { fork } from 'node:child_process';
       const child = fork(${JSON.stringify(script)}, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
       child.stdout.once('data', () => process.kill(process.pid, 'SIGKILL'));`,
    );
    const ran = await box.run([process.execPath, 'parent.mjs'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    assert.equal(ran.stderr, 'goes on true\n');
  });
});
