import assert from 'node:assert/strict';
import { accessSync, chmodSync, chownSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { compile } from '../helpers/compile.ts';
import { eventually } from '../helpers/eventually.ts';
import { assertFailed } from '../helpers/failure.ts';
import { freePort } from '../helpers/ports.ts';
import { isRunning, processesNaming, Sandbox } from '../helpers/sandbox.ts';

const WWW_DATA_UID = 33;

function missing(program: string): string | false {
  for (const folder of ['/usr/sbin', '/usr/bin']) {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return false;
    } catch {
      // look in the next one
    }
  }
  return `no ${program}; install it as .ci/run does`;
}

async function get(port: number): Promise<string> {
  try {
    return (await (await fetch(`http://127.0.0.1:${port}/`)).text()).trim();
  } catch (error) {
    return String(error);
  }
}

describe('nginx', { skip: missing('nginx') }, () => {
  /** A whole nginx inside the test's folder, that answers with one word. */
  function configure(box: Sandbox, port: number, word: string): string {
    mkdirSync(join(box.folder, 'own'), { recursive: true });
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${box.folder}/own/${name};`)
      .join(' ');
    return box.file(
      'nginx.conf',
      `pid ${box.folder}/own/nginx.pid; error_log stderr notice; worker_processes 2; events {}
      http { access_log off; ${temporary} server { listen 127.0.0.1:${port}; return 200 ${word}; } }`,
    );
  }

  const start = (box: Sandbox, config: string, ...options: string[]) =>
    box.daimon('start', ...options, 'nginx', '--', '-c', config, '-g', 'daemon off;');

  for (const how of ['tcp', 'http']) {
    test(`is started by --ready ${how}, reloaded by HUP, stopped by QUIT, workers and all`, async (t) => {
      const box = new Sandbox(t);
      const port = await freePort();
      const config = configure(box, port, 'one');
      const ready = how === 'tcp' ? `tcp:127.0.0.1:${port}` : `http://127.0.0.1:${port}/`;
      const ran = await start(box, config, '--ready', ready, '--stop-signal', 'QUIT');
      assert.equal(ran.status, 0, ran.stderr);
      assert.equal(await get(port), 'one');
      configure(box, port, 'two');
      await box.succeed('reload', 'nginx');
      await eventually(
        'the new answer',
        () => get(port),
        (answer) => answer === 'two',
      );
      assert.doesNotMatch(await box.succeed('stop', 'nginx'), /kill/);
      assert.match(box.logOf('nginx'), /signal 3 \(SIGQUIT\) received|gracefully shutting down/);
      assert.deepEqual(processesNaming(box.folder), []);
    });
  }

  test('without "daemon off" is told to stay in the foreground, and its copy is ended', async (t) => {
    const box = new Sandbox(t);
    const config = configure(box, await freePort(), 'one');
    const ran = await box.daimon('start', '--settle', '20s', 'nginx', '--', '-c', config);
    assertFailed(box, ran, 1, /exited with code 0 before it was ready\. .*foreground/);
  });

  test('with a broken configuration shows what nginx says', async (t) => {
    const box = new Sandbox(t);
    const config = box.file('nginx.conf', 'nonsense;');
    assertFailed(box, await start(box, config), 1, /code 1(.|\n)*unknown directive "nonsense"/);
  });

  test('runs as www-data throughout with --user', async (t) => {
    const box = new Sandbox(t);
    const port = await freePort();
    chmodSync(box.folder, 0o755);
    const config = configure(box, port, 'mine');
    chownSync(join(box.folder, 'own'), WWW_DATA_UID, WWW_DATA_UID);
    const options = ['--user', 'www-data', '--ready', `tcp:127.0.0.1:${port}`];
    const ran = await start(box, config, ...options);
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(await get(port), 'mine');
    const status = readFileSync(`/proc/${box.pidOf('nginx')}/status`, 'utf8');
    assert.match(status, /^Uid:\t33\t33\t33\t33$/m);
    assert.match(status, /^Gid:\t33\t33\t33\t33$/m);
    assert.match(status, /^CapEff:\t0+$/m);
  });
});

test('redis-server: ready by sd_notify, restarted, stopped', {
  skip: missing('redis-server'),
}, async (t) => {
  const box = new Sandbox(t);
  const port = String(await freePort());
  const args = ['--port', port, '--supervised', 'systemd', '--dir', box.folder, '--save', ''];
  await box.succeed('start', '--ready', 'notify', 'redis-server', '--', ...args);
  const first = box.pidOf('redis-server');
  const status = JSON.parse(await box.succeed('status', 'redis-server', '--json'));
  assert.match(status.status, /Ready to accept connections/);
  assert.match(await box.succeed('restart', 'redis-server'), new RegExp(`formerly ${first}`));
  const pong = await box.run(['redis-cli', '-p', port, 'ping']);
  assert.equal(pong.stdout, 'PONG\n', pong.stderr);
  assert.doesNotMatch(await box.succeed('stop', 'redis-server'), /kill/);
  assert.match(box.logOf('redis-server'), /Redis is now ready to exit, bye bye/);
});

test('a Node server finishes the request under way when it is stopped', async (t) => {
  const box = new Sandbox(t);
  const port = await freePort();
  box.file(
    'server.mjs',
    `import http from 'node:http';
    const server = http.createServer((_, response) => setTimeout(() => response.end('whole'), 300)).listen(${port});
    process.once('SIGTERM', () => server.close());`,
  );
  await box.succeed('start', 'server.mjs', '--ready', 'listening');
  const answer = fetch(`http://127.0.0.1:${port}/`, { headers: { connection: 'close' } });
  await new Promise((resolve) => setTimeout(resolve, 50));
  await box.succeed('stop', 'server');
  assert.equal(await (await answer).text(), 'whole');
});

test('a Python script: started by its interpreter or its shebang, its traceback shown', async (t) => {
  const box = new Sandbox(t);
  const port = await freePort();
  const serve = `import http.server\nhttp.server.HTTPServer(("127.0.0.1", ${port}), http.server.SimpleHTTPRequestHandler).serve_forever()\n`;
  box.file('web.py', serve);
  await box.succeed('start', 'web.py', '--interpreter', 'python3', '--ready', `http:${port}`);
  await box.succeed('stop', 'web');
  box.file('web', `#!/usr/bin/env python3\n${serve}`, 0o755);
  await box.succeed('start', './web', '--ready', `tcp:${port}`);
  await box.succeed('stop', 'web');
  box.file('broken.py', 'raise SystemExit(open("/no/such"))');
  const ran = await box.daimon('start', 'broken.py', '--interpreter', 'python3', '--settle', '10s');
  assert.match(ran.stderr, /code 1(.|\n)*\| FileNotFoundError/);
});

test('a shell script: its trap runs, its children go too', async (t) => {
  const box = new Sandbox(t);
  box.file(
    'tool.sh',
    `#!/bin/sh
trap 'echo trapped; exit 0' TERM
trap 'echo again' HUP
(exec sleep 1000 "${box.folder}" 2>/dev/null || sleep 1000) &
echo up
while :; do sleep 0.05; done\n`,
    0o755,
  );
  await box.succeed('start', './tool.sh');
  await box.succeed('reload', 'tool');
  await eventually(
    'the reload',
    () => box.logOf('tool'),
    (log) => log.includes('again'),
  );
  const pid = box.pidOf('tool');
  await box.succeed('stop', 'tool');
  assert.match(box.logOf('tool'), /trapped/);
  assert.equal(isRunning(pid), false);
});

test('a C program that ignores SIGTERM is killed after the grace, and that is said', async (t) => {
  const box = new Sandbox(t);
  const program = await compile(box, 'ignores-term.c');
  await box.succeed('start', program);
  const pid = box.pidOf('ignores-term');
  const reload = await box.daimon('reload', 'ignores-term');
  assert.equal(reload.status, 0, 'an ignored signal does no harm');
  const said = await box.succeed('stop', 'ignores-term', '--grace', '300ms');
  assert.match(
    said,
    new RegExp(`Had to kill after 300 ms of grace: ignores-term \\(pid ${pid}\\)`),
  );
  await box.succeed('start', program, '--grace', '100ms');
  const stopped = JSON.parse(await box.succeed('stop', 'ignores-term', '--json'));
  assert.deepEqual(stopped.killed, [{ pid: stopped.pid, comm: 'ignores-term' }]);
});

test('reload refuses where the signal would end the program', async (t) => {
  const box = new Sandbox(t);
  box.file('app.mjs', 'setInterval(() => {}, 1e6);');
  await box.succeed('start', 'app.mjs');
  const refused = await box.daimon('reload', 'app');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /does not handle SIGHUP, which would end it.*daimon restart app/);
  assert.equal(isRunning(box.pidOf('app')), true);
});

test("restart takes the caller's new environment, and no inherited value is ever on disk", async (t) => {
  const box = new Sandbox(t);
  mkdirSync(box.home);
  box.file('app.env', 'FROM_FILE=file one\n');
  box.file(
    'app.mjs',
    `console.log(JSON.stringify(['INHERITED_SECRET', 'PASSED_SECRET', 'SET', 'FROM_FILE'].map((key) => process.env[key])));
    setInterval(() => {}, 1e6);`,
  );
  const lines = () =>
    box
      .logOf('app')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  box.environment.INHERITED_SECRET = 'inherited-one';
  box.environment.PASSED_SECRET = 'passed-one';
  const given = ['--env', 'PASSED_SECRET', '--env', 'SET=set', '--env-file', 'app.env'];
  await box.succeed('start', 'app.mjs', ...given);
  assert.deepEqual(lines().at(-1), ['inherited-one', 'passed-one', 'set', 'file one']);
  const grep = await box.run([
    'grep',
    '-rlE',
    '--exclude=*.log',
    'inherited-one|passed-one|file one',
    box.home,
  ]);
  assert.equal(grep.stdout, '', 'a secret is on disk');
  box.environment.INHERITED_SECRET = 'inherited-two';
  box.environment.PASSED_SECRET = 'passed-two';
  box.file('app.env', 'FROM_FILE=file two\n');
  await box.succeed('restart', 'app');
  assert.deepEqual(lines().at(-1), ['inherited-two', 'passed-two', 'set', 'file two']);
  await box.succeed('stop', 'app');
  await box.succeed('start', 'app.mjs', ...given, '--clear-env');
  assert.deepEqual(lines().at(-1), [null, 'passed-two', 'set', 'file two']);
});
