import assert from 'node:assert/strict';
import { closeSync, openSync } from 'node:fs';
import { test } from 'node:test';
import { native, nativePath } from '../../src/os/native.ts';
import { cannotBeOrdinary } from '../helpers/ordinary-user.ts';
import { Sandbox } from '../helpers/sandbox.ts';

test('watchReadable() says what cannot be watched', (t) => {
  const watch = (fd: number) => native().watchReadable(fd, () => assert.fail('it told'));
  assert.throws(() => watch(-1), { code: 'EBADF', syscall: 'watch' });
  const file = openSync('/proc/self/stat', 'r');
  t.after(() => closeSync(file));
  assert.throws(() => watch(file), { code: 'EPERM' }); // epoll_ctl(2)
});

const ADDON = `
  const { spawnSync } = require('child_process');
  const { readdirSync } = require('fs');
  const loaded = { exports: {} };
  process.dlopen(loaded, process.argv[1]);
  const native = loaded.exports;
  const limit = (what) => {
    const { status, stderr } = spawnSync('prlimit', ['--pid', String(process.pid), what]);
    if (status !== 0) throw new Error(String(stderr));
  };
  const fds = () => readdirSync('/proc/self/fd').length;
  const { read, write } = native.pipe();
  const watch = () => native.watchReadable(read, () => console.log('told'));`;

test('watchReadable() fails at each step for want of descriptors, leaves nothing, and works once there are some', async (t) => {
  const box = new Sandbox(t);
  const script = `${ADDON}
    native.writeFd(write, 'x');
    limit('--nofile=100:');
    const taken = [];
    const takeAll = () => {
      try { for (;;) taken.push(native.duplicateFd(read, 3)); }
      catch (error) { if (error.code !== 'EMFILE') throw error; }
    };
    const leftFor = (room) => {
      takeAll();
      for (let i = 0; i < room; i++) native.closeFd(taken.pop());
    };
    let code;
    for (let room = 0; code !== null; room++) {
      leftFor(room);
      try { watch(); code = null; } catch (error) { code = error.code; }
      console.log(code, room);
    }`;
  const ran = await box.run([process.execPath, '-e', script, nativePath()]);
  // The set; the two ends of a pipe; a copy of what is watched.
  assert.equal(ran.stdout, 'EMFILE 0\nEMFILE 1\nEMFILE 2\nEMFILE 3\nnull 4\ntold\n', ran.stderr);
});

test('watchReadable() fails for want of a thread, and leaves nothing', {
  skip: cannotBeOrdinary,
}, async (t) => {
  const box = new Sandbox(t);
  const script = `${ADDON}
    const before = fds();
    limit('--nproc=1:'); // root does not heed it
    try { watch(); } catch (error) { console.log(error.code, fds() - before); }`;
  const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const ran = await box.run([...asNobody, process.execPath, '-e', script, nativePath()]);
  assert.equal(ran.stdout, 'EAGAIN 0\n', ran.stderr);
});
