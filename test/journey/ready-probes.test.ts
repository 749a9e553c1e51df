import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { assertFailed } from '../helpers/failure.ts';
import { freePort } from '../helpers/ports.ts';
import { Sandbox } from '../helpers/sandbox.ts';

/** A server whose answers are `answer`, an expression over `asked`, the number of requests so far. */
const httpServer = (port: number, answer: string) => `import http from 'node:http'; let asked = 0;
setTimeout(() => http.createServer((request, response) => { asked++; ${answer} }).listen(${port}), 200);
setInterval(() => {}, 1e6);`;

describe('start --ready tcp:', () => {
  for (const host of ['', '127.0.0.1:', '[::1]:', 'localhost:']) {
    test(`${host}PORT waits until a connection is accepted`, async (t) => {
      const box = new Sandbox(t);
      const port = await freePort();
      box.file('app.mjs', httpServer(port, 'response.end(String(asked))'));
      await box.succeed('start', 'app.mjs', '--ready', `tcp:${host}${port}`);
      assert.equal(await (await fetch(`http://localhost:${port}`)).text(), '1');
    });
  }

  test('fails when nothing ever listens there', async (t) => {
    const box = new Sandbox(t);
    box.file('app.mjs', "console.error('deaf'); setInterval(() => {}, 1e6)");
    const ready = `tcp:${await freePort()}`;
    const ran = await box.daimon('start', 'app.mjs', '--ready', ready, '--ready-timeout', '1500ms');
    assertFailed(
      box,
      ran,
      1,
      /not ready after 1\.\d s \(--ready tcp:localhost:\d+\)[\s\S]*\| deaf/,
    );
  });

  test('tells the end of a daemon that finds no port', async (t) => {
    const box = new Sandbox(t);
    box.file('app.mjs', "console.error('no port for me'); process.exit(9)");
    const ran = await box.daimon('start', 'app.mjs', '--ready', `tcp:${await freePort()}`);
    assertFailed(box, ran, 1, /exited with code 9 before it was ready[\s\S]*\| no port for me/);
  });

  test('is not fooled by somebody else on that port', async (t) => {
    const box = new Sandbox(t);
    const other = createServer().listen(0);
    t.after(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    box.file('app.mjs', httpServer(port, 'response.end()'));
    const ran = await box.daimon('start', 'app.mjs', '--ready', `tcp:${port}`);
    assertFailed(box, ran, 1, /answers already, before the start.*ss -ltnp 'sport = :\d+'/);
  });
});

describe('start --ready http:', () => {
  const WARM: readonly (readonly [what: string, path: string, answer: string])[] = [
    ['a 200', '/', 'response.end()'],
    ['a redirect', '/up?x=1', "response.writeHead(302, { location: '/' }).end()"],
    ['500 until it is warm', '/', 'response.writeHead(asked < 4 ? 500 : 204).end()'],
    [
      'a broken connection until it is warm',
      '/',
      'asked < 3 ? request.socket.destroy() : response.end()',
    ],
    [
      'a body without end',
      '/',
      "response.write('x'.repeat(1e6)); setInterval(() => response.write('x'), 5)",
    ],
  ];
  for (const [what, path, answer] of WARM) {
    test(`takes ${what}`, async (t) => {
      const box = new Sandbox(t);
      const port = await freePort();
      box.file('app.mjs', httpServer(port, answer));
      await box.succeed('start', 'app.mjs', '--ready', `http:${port}${path}`);
    });
  }

  const NEVER: readonly (readonly [what: string, answer: string])[] = [
    ['answers nothing', ''],
    ['answers 404', 'response.writeHead(404).end()'],
    ['answers 503', 'response.writeHead(503).end()'],
    ['breaks every connection', 'request.socket.destroy()'],
  ];
  for (const [what, answer] of NEVER) {
    test(`fails when the server ${what}`, async (t) => {
      const box = new Sandbox(t);
      const port = await freePort();
      box.file('app.mjs', httpServer(port, answer));
      const url = `http://127.0.0.1:${port}/health`;
      const options = ['--ready', url, '--ready-timeout', '1500ms', '--grace', '1s'];
      const ran = await box.daimon('start', 'app.mjs', ...options);
      assertFailed(box, ran, 1, /not ready after 1\.\d s \(--ready http:\/\/127/);
    });
  }

  test('is not fooled by another server of that address', async (t) => {
    const box = new Sandbox(t);
    const other = createHttp((_, response) => response.end()).listen(0);
    t.after(() => other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    box.file('app.mjs', httpServer(port, 'response.end()'));
    const ran = await box.daimon('start', 'app.mjs', '--ready', `http://localhost:${port}/`);
    assertFailed(box, ran, 1, /http:\/\/localhost:\d+\/ answers already/);
  });
});
