import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { assertFailed } from '../helpers/failure.ts';
import { isRunning, Sandbox } from '../helpers/sandbox.ts';

const LIVES = 'setInterval(() => {}, 1e6);';

describe('start --ready ipc', () => {
  test("is ready at process.send('ready'), not before", async (t) => {
    const box = new Sandbox(t);
    box.file(
      'app.cjs',
      `${LIVES} setTimeout(() => { console.log('sent'); process.send('ready'); }, 200);`,
    );
    await box.succeed('start', 'app.cjs', '--ready', 'ipc');
    assert.equal(box.logOf('app'), 'sent\n');
  });

  test("takes pm2's object, too, from an ES module, and calls back", async (t) => {
    const box = new Sandbox(t);
    box.file(
      'app.mjs',
      `${LIVES} process.send({ type: 'ready' }, undefined, {}, (error) => console.log('called back', error));`,
    );
    await box.succeed('start', 'app.mjs', '--ready', 'ipc');
    await eventually(
      'the callback',
      () => box.logOf('app'),
      (log) => log === 'called back null\n',
    );
  });

  test('leaves a daemon unharmed that was written for a parent', async (t) => {
    const box = new Sandbox(t);
    box.file(
      'app.cjs',
      `process.on('disconnect', () => process.exit(1)); process.on('message', () => {});
      process.send('ready');
      const timer = setInterval(() => process.send({ still: 'here' }), 1);
      process.on('SIGUSR2', () => { clearInterval(timer); console.log('sending did no harm', process.connected); });`,
    );
    await box.succeed('start', 'app.cjs', '--ready', 'ipc');
    await box.succeed('signal', 'USR2', 'app');
    const expected = 'sending did no harm true\n';
    await eventually(
      'the answer',
      () => box.logOf('app'),
      (log) => log === expected,
    );
  });

  test('fails when another word is sent', async (t) => {
    const box = new Sandbox(t);
    box.file('app.cjs', `${LIVES} process.send('steady'); console.error('steady');`);
    const ran = await box.daimon('start', 'app.cjs', '--ready', 'ipc', '--ready-timeout', '1s');
    assertFailed(box, ran, 1, /--ready ipc\), and was ended(.|\n)*\| steady/);
  });

  test('speaks the channel that Node defined with a program that Node does not run', async (t) => {
    const box = new Sandbox(t);
    const code = `import os, time
fd = int(os.environ["NODE_CHANNEL_FD"])
os.write(fd, b'{"cmd":"NODE_x"}\\nno json\\n"rea'); time.sleep(0.1); os.write(fd, b'dy"\\n'); time.sleep(1000)`;
    box.file('app.py', code);
    await box.succeed('start', 'app.py', '--interpreter', 'python3', '--ready', 'ipc');
    assert.equal(isRunning(box.pidOf('app')), true);
  });
});

describe('start --ready fd:N', () => {
  const script = (text: string) => `#!/bin/bash\n${text}\n`;

  for (const fd of [3, 10, 11, 63, 200]) {
    test(`is ready at a newline on fd ${fd}, and only then`, async (t) => {
      const box = new Sandbox(t);
      box.file(
        'tool',
        script(`echo -n almost >&${fd}; sleep 0.2; echo said; echo >&${fd}; exec sleep 1000`),
        0o755,
      );
      await box.succeed('start', './tool', '--ready', `fd:${fd}`);
      assert.equal(box.logOf('tool'), 'said\n');
    });
  }

  test('closed without a newline is not ready; the deadline decides', async (t) => {
    const box = new Sandbox(t);
    box.file('tool', script('echo closed >&2; exec 3>&-; exec sleep 1000'), 0o755);
    const ran = await box.daimon('start', './tool', '--ready', 'fd:3', '--ready-timeout', '1s');
    assertFailed(box, ran, 1, /--ready fd:3\)(.|\n)*\| closed/);
  });

  for (const [how, words] of [
    ['fd:2', /no way to be ready/],
    ['fd:', /no way to be ready/],
    ['fd:x', /no way to be ready/],
    ['fd:99999999', /fd:99999999|file descriptor/],
  ] as const) {
    test(`refuses ${how}`, async (t) => {
      const box = new Sandbox(t);
      box.file('tool', script('exec sleep 1000'), 0o755);
      const ran = await box.daimon('start', './tool', '--ready', how);
      assert.notEqual(ran.status, 0);
      assertFailed(box, ran, ran.status ?? -1, words);
    });
  }
});

describe('start --ready listening', () => {
  const SERVERS: readonly (readonly [what: string, file: string, content: string])[] = [
    ['net', 'app.cjs', "require('net').createServer().listen(0, () => console.log('listens'))"],
    [
      'http, after a while',
      'app.mjs',
      "import http from 'node:http'; setTimeout(() => http.createServer().listen(0, () => console.log('listens')), 200)",
    ],
    ['http2', 'app.cjs', "require('http2').createServer().listen(0, () => console.log('listens'))"],
    ['https', 'app.cjs', "require('https').createServer().listen(0, () => console.log('listens'))"],
    [
      'a Unix socket',
      'app.cjs',
      "require('net').createServer().listen('./s', () => console.log('listens'))",
    ],
    [
      'one that finds its port at the second try',
      'app.cjs',
      `const net = require('net'); const first = net.createServer().listen(0, '127.0.0.1', () => {
        first.close(); console.log('listens'); });`.replace('first.close();', ''),
    ],
    [
      'a cluster',
      'app.cjs',
      `const cluster = require('cluster');
      if (cluster.isPrimary) { cluster.fork(); cluster.on('listening', () => console.log('listens')); }
      else require('http').createServer().listen(0);`,
    ],
    [
      'a cluster that shares its handle',
      'app.cjs',
      `const cluster = require('cluster'); cluster.schedulingPolicy = cluster.SCHED_NONE;
      if (cluster.isPrimary) { cluster.fork(); cluster.on('listening', () => console.log('listens')); }
      else require('http').createServer().listen(0);`,
    ],
  ];
  for (const [what, file, content] of SERVERS) {
    test(`waits for ${what}`, async (t) => {
      const box = new Sandbox(t);
      box.file(file, content);
      await box.succeed('start', file, '--ready', 'listening', '--ready-timeout', '8s');
      await eventually(
        'the server',
        () => box.logOf('app'),
        (log) => log === 'listens\n',
      );
    });
  }

  test('tells a port in use', async (t) => {
    const box = new Sandbox(t);
    box.file(
      'app.cjs',
      "const net = require('net'); const a = net.createServer(); const b = net.createServer(); process.nextTick(() => {}); b.listen(1e6)",
    );
    assertFailed(
      box,
      await box.daimon('start', 'app.cjs', '--ready', 'listening'),
      1,
      /ERR_SOCKET_BAD_PORT/,
    );
  });

  test('fails for a program that never listens', async (t) => {
    const box = new Sandbox(t);
    box.file('app.cjs', `${LIVES} console.error('only waits')`);
    const ran = await box.daimon(
      'start',
      'app.cjs',
      '--ready',
      'listening',
      '--ready-timeout',
      '1s',
    );
    assertFailed(box, ran, 1, /--ready listening\)(.|\n)*\| only waits/);
  });

  for (const mode of ['listening', 'loaded']) {
    test(`--ready ${mode} is refused for what Node does not run`, async (t) => {
      const box = new Sandbox(t);
      box.file('tool', '#!/bin/sh\nexec sleep 1000\n', 0o755);
      const ran = await box.daimon('start', './tool', '--ready', mode);
      assertFailed(box, ran, 2, /is for programs that Node runs/);
    });
  }
});

test('a daemon keeps nothing of what told that it was ready', async (t) => {
  const box = new Sandbox(t);
  box.file('app.cjs', `${LIVES} process.send?.('ready'); require('net').createServer().listen(0)`);
  for (const mode of ['loaded', 'listening', 'ipc', 'exec']) {
    await box.succeed('start', 'app.cjs', '--ready', mode);
    const pid = box.pidOf('app');
    const fds = await eventually(
      'the end of our fds',
      () => openFiles(pid),
      (found) => found.every((target) => !/memfd:daimon/.test(target)),
    );
    assert.ok(
      fds.some((target) => target.endsWith('app.pid.lock')),
      fds.join(' '),
    );
    assert.doesNotMatch(
      readFileSync(`/proc/${pid}/environ`, 'latin1'),
      /NODE_CHANNEL|NOTIFY_SOCKET|DAIMON_[^H]/,
    );
    await box.succeed('stop', 'app');
  }
});

/** What the fds from 3 on lead to, but for those that Node itself opens. */
function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`)
    .filter((fd) => Number(fd) > 2 && Number(fd) < 17)
    .map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
}
