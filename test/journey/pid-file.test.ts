import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { PidFile, send } from '../../src/index.ts';
import { native } from '../../src/os/native.ts';
import { cannotBeOrdinary } from '../helpers/ordinary-user.ts';
import { startFixture } from '../helpers/program.ts';
import { Sandbox } from '../helpers/sandbox.ts';

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'daimon-test-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'job.pid');
}

describe('PidFile', () => {
  it('holds the pid, mode 0644 whatever the umask, until it is released', async (t) => {
    const path = place(t);
    const before = process.umask(0o077);
    {
      await using pidFile = await new PidFile(path).acquire();
      process.umask(before);
      assert.equal(readFileSync(path, 'utf8'), `${process.pid}\n`);
      assert.equal(statSync(path).mode & 0o777, 0o644);
      assert.equal(await pidFile.read(), process.pid);
      assert.equal(await pidFile.isLocked(), true);
      assert.equal(await new PidFile(path).owner(), process.pid);
      await assert.rejects(new PidFile(path).acquire(), {
        code: 'ALREADY_RUNNING',
        pid: process.pid,
      });
      assert.equal(await pidFile.isLocked(), true, 'asking has lost the lock');
    }
    assert.equal(existsSync(path) || existsSync(`${path}.lock`), false);
  });

  it('fails at once while another process holds it, waits where it is told to, and gets it', async (t) => {
    const path = place(t);
    await using holder = startFixture('holds-pid-file.mjs', [path]);
    await holder.says(/held/);
    await assert.rejects(new PidFile(path).acquire(), { code: 'ALREADY_RUNNING', pid: holder.pid });
    await assert.rejects(new PidFile(path, { acquireTimeoutMs: 50 }).acquire(), {
      code: 'ALREADY_RUNNING',
    });
    const waiting = new PidFile(path, { acquireTimeoutMs: 20_000 }).acquire();
    holder.process.stdin?.write('go\n');
    await using mine = await waiting;
    assert.equal(await mine.read(), process.pid);
  });

  it('gets it when the holder is killed, and does not believe the number it left', async (t) => {
    const path = place(t);
    await using holder = startFixture('holds-pid-file.mjs', [path]);
    await holder.says(/held/);
    const waiting = new PidFile(path, { acquireTimeoutMs: 20_000 }).acquire();
    holder.signal('SIGKILL');
    await using mine = await waiting;
    assert.equal(await mine.read(), process.pid);
  });

  it('lets a wait be aborted', async (t) => {
    const path = place(t);
    await using holder = startFixture('holds-pid-file.mjs', [path]);
    await holder.says(/held/);
    const signal = AbortSignal.timeout(50);
    const file = new PidFile(path, { acquireTimeoutMs: Number.POSITIVE_INFINITY });
    await assert.rejects(file.acquire({ signal }), { name: 'TimeoutError' });
  });

  it('waits out a command that tidies up, though not for ever', async (t) => {
    const path = place(t);
    const fd = openSync(`${path}.lock`, 'w', 0o600);
    t.after(() => closeSync(fd));
    assert.equal(native().lockBriefly(fd), true);
    await assert.rejects(new PidFile(path).acquire(), { code: 'BUSY', path });
    assert.equal(existsSync(path), false);
  });

  it('lets go of the lock when the file cannot be written', async (t) => {
    const path = place(t);
    mkdirSync(`${path}.new`);
    const inTheWay = { code: 'SYSTEM', errnoName: 'EEXIST', message: /Cannot write .*job\.pid: / };
    await assert.rejects(new PidFile(path).acquire(), inTheWay);
    assert.equal(await new PidFile(path).isLocked(), false);
    assert.equal(existsSync(path) || existsSync(`${path}.lock`), false);
    rmdirSync(`${path}.new`);
    await using _ = await new PidFile(path).acquire();
  });

  it('says in an error of its own what its user may not do', {
    skip: cannotBeOrdinary,
  }, async (t) => {
    const box = new Sandbox(t);
    chmodSync(box.folder, 0o755);
    mkdirSync(join(box.folder, 'closed'), { mode: 0o700 });
    const library = new URL('../../dist/index.js', import.meta.url).href;
    const script = box.file(
      'claims.mjs',
      `import { PidFile } from ${JSON.stringify(library)};
       for (const path of ['closed/a.pid', 'a.pid'])
         await new PidFile(path).acquire().catch(({ code, errnoName }) => console.log(code, errnoName));`,
    );
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
    const ran = await box.run([...asNobody, process.execPath, script]);
    assert.equal(ran.stdout, 'SYSTEM EACCES\nSYSTEM EACCES\n', ran.stderr);
  });

  it('releases nothing that is not its own', async (t) => {
    const path = place(t);
    await using holder = startFixture('holds-pid-file.mjs', [path]);
    await holder.says(/held/);
    await new PidFile(path).release();
    assert.equal(await new PidFile(path).owner(), holder.pid);
    assert.equal(existsSync(path), true);
  });

  it('refuses symbolic links, folders that are not there and wrong options', async (t) => {
    const path = place(t);
    symlinkSync('/etc/passwd', path);
    await assert.rejects(new PidFile(path).acquire(), { code: 'UNSAFE_FILE' });
    symlinkSync('/etc/passwd', `${path}2.lock`);
    await assert.rejects(new PidFile(`${path}2`).acquire(), { code: 'UNSAFE_FILE' });
    await assert.rejects(new PidFile('/nowhere/a.pid').acquire(), {
      code: 'SYSTEM',
      errnoName: 'ENOENT',
    });
    assert.throws(() => new PidFile(''), { code: 'INVALID_ARGUMENT' });
    assert.throws(() => new PidFile('a', { acquireTimeoutMs: -1 }), { code: 'INVALID_ARGUMENT' });
    const wrong = { acquireTimeout: 1 } as object;
    assert.throws(() => new PidFile('a', wrong), {
      code: 'UNKNOWN_OPTION',
      message: /acquireTimeoutMs/,
    });
  });

  it('send() believes the lock, never the number in the file', async (t) => {
    const path = place(t);
    writeFileSync(path, `${process.ppid}\n`);
    assert.deepEqual(await send(path, 0), { kind: 'gone', pid: null });
  });
});
