import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { PidFile, send } from '../../src/index.ts';
import { startFixture } from '../helpers/program.ts';

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
