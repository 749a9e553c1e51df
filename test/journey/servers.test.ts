import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { get as getSecure, Agent as SecureAgent } from 'node:https';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { WebSocket } from 'ws';
import { type Program, startFixture, until } from '../helpers/program.ts';

async function portOf(program: Program): Promise<number> {
  const [, port] = await program.says(/port (\d+)/);
  return Number(port);
}

interface Load {
  answered: number;
  /** Requests that were sent and got no answer. */
  dropped: string[];
  /** Resolves when every client has found the server closed. */
  over: Promise<unknown>;
}

/**
 * Clients that ask again when they are answered, until refused. With pauses their connections are a
 * pool: most idle for long, any of them the next to be used.
 */
function putUnderLoad(url: string, clients: number, secure = false, pauseMs = 0): Load {
  const options = { keepAlive: true, maxSockets: clients, rejectUnauthorized: false };
  const agent = secure ? new SecureAgent(options) : new Agent(options);
  const load: Load = { answered: 0, dropped: [], over: Promise.resolve() };
  const ask = () =>
    new Promise<boolean>((resolve) => {
      const begin = secure ? getSecure : get;
      const request = begin(url, { agent }, (response) => {
        response.resume();
        response.once('end', () => {
          load.answered++;
          resolve(true);
        });
        response.once('error', (error) => {
          load.dropped.push(`in the answer: ${error.message}`);
          resolve(true);
        });
      });
      request.once('error', (error: NodeJS.ErrnoException) => {
        // Nobody listens any more: the request was never sent.
        if (error.code !== 'ECONNREFUSED') load.dropped.push(`${error.code} ${error.message}`);
        resolve(error.code !== 'ECONNREFUSED');
      });
    });
  const client = async () => {
    while (await ask()) {
      if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * pauseMs));
    }
  };
  load.over = Promise.all(Array.from({ length: clients }, client)).finally(() => agent.destroy());
  return load;
}

describe('stop.server()', () => {
  for (const kind of ['http', 'https', 'express', 'fastify'] as const) {
    it(`drops no request of 200 keep-alive clients under load: ${kind}`, async () => {
      await using program = startFixture('serves.mjs', [kind]);
      const port = await portOf(program);
      const secure = kind === 'https';
      const load = putUnderLoad(`${secure ? 'https' : 'http'}://127.0.0.1:${port}/`, 200, secure);
      await until('a thousand answers', () => load.answered > 1000);
      program.signal('SIGTERM');
      assert.equal(await program.end(), 0, program.errors);
      const endMs = Date.now();
      await load.over;
      assert.deepEqual(load.dropped, []);
      const [, lastMs] = await program.says(/last at (\d+)/);
      console.log(`# ${kind}: ended ${endMs - Number(lastMs)} ms after the last answer`);
      if (kind === 'fastify') assert.match(program.output, /fastify closed/);
    });
  }

  it('drops no request of clients that pause and share a pool of connections', async () => {
    await using program = startFixture('serves.mjs', ['http']);
    const load = putUnderLoad(`http://127.0.0.1:${await portOf(program)}/`, 200, false, 40);
    await until('two thousand answers', () => load.answered > 2000);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    await load.over;
    assert.deepEqual(load.dropped, []);
  });

  it('finishes an answer whose head has gone, on a connection that promised to keep alive', async () => {
    await using program = startFixture('serves.mjs', ['http']);
    const port = await portOf(program);
    const agent = new Agent({ keepAlive: true });
    const body = new Promise<string>((resolve, reject) => {
      get(`http://127.0.0.1:${port}/stream?ms=300`, { agent }, (response) => {
        let text = '';
        response
          .on('data', (data) => (text += data))
          .on('end', () => resolve(text))
          .on('error', reject);
      }).on('error', reject);
    });
    await program.says(/streaming/);
    program.signal('SIGTERM');
    assert.equal(await body, 'begin done');
    assert.equal(await program.end(), 0, program.errors);
    agent.destroy();
  });

  it('cuts off what is not done in its time, and says so', async () => {
    await using program = startFixture('serves.mjs', ['http', '{"graceMs":100}']);
    const port = await portOf(program);
    const request = get(`http://127.0.0.1:${port}/stream?ms=60000`, (response) =>
      response.on('error', () => {}),
    );
    request.on('error', () => {});
    await program.says(/streaming/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 1);
    assert.match(program.errors, /1 request had no answer within 100 ms and was cut off/);
  });

  it('goes on accepting for delayMs, and announces the end', async () => {
    await using program = startFixture('serves.mjs', ['http', '{"delayMs":300}']);
    const port = await portOf(program);
    program.signal('SIGTERM');
    await program.says(/stopAccepting: servers …/);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    assert.equal(await response.text(), 'done');
    assert.equal(response.headers.get('connection'), 'close');
    assert.equal(await program.end(), 0, program.errors);
  });

  for (const kind of ['http2', 'http2tls'] as const) {
    it(`lets the streams of ${kind} sessions finish`, async () => {
      await using program = startFixture('serves.mjs', [kind]);
      const port = await portOf(program);
      const session = connectHttp2(`http${kind === 'http2tls' ? 's' : ''}://127.0.0.1:${port}`, {
        rejectUnauthorized: false,
      });
      session.on('error', () => {});
      const answers = Array.from({ length: 20 }, (_, i) => {
        const stream = session.request({ ':path': `/stream?ms=${200 + i}` });
        return new Promise<string>((resolve, reject) => {
          let text = '';
          stream
            .on('data', (data) => (text += data))
            .on('end', () => resolve(text))
            .on('error', reject);
          stream.end();
        });
      });
      await until('20 streams', () => program.output.split('streaming').length > 20);
      program.signal('SIGTERM');
      assert.deepEqual(new Set(await Promise.all(answers)), new Set(['begin done']));
      assert.equal(await program.end(), 0, program.errors);
    });
  }

  it('tells websockets with 1001, though they would never go', async () => {
    await using program = startFixture('serves.mjs', ['ws']);
    const port = await portOf(program);
    const sockets = Array.from({ length: 50 }, () => new WebSocket(`ws://127.0.0.1:${port}`));
    await Promise.all(sockets.map((socket) => once(socket, 'open')));
    const codes = sockets.map((socket) => once(socket, 'close').then(([code]) => code as number));
    program.signal('SIGTERM');
    assert.deepEqual(new Set(await Promise.all(codes)), new Set([1001]));
    assert.equal(await program.end(), 0, program.errors);
  });

  it('gives upgraded sockets their hook, then ends them', async () => {
    await using program = startFixture('serves.mjs', ['upgrade']);
    const socket = connect(await portOf(program), '127.0.0.1');
    let heard = '';
    socket.on('data', (data) => (heard += data));
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n');
    await until('the upgrade', () => heard.includes('101'));
    program.signal('SIGTERM');
    await once(socket, 'end');
    assert.match(heard, /goodbye$/);
    assert.equal(await program.end(), 0, program.errors);
  });

  it('ends raw connections once they are silent', async () => {
    await using program = startFixture('serves.mjs', ['net']);
    const socket = connect(await portOf(program), '127.0.0.1');
    let heard = '';
    socket.on('data', (data) => (heard += data));
    socket.write('one ');
    await until('an echo', () => heard === 'one ');
    program.signal('SIGTERM');
    await program.says(/drain: servers …/);
    socket.write('two');
    await once(socket, 'end');
    assert.equal(heard, 'one two');
    assert.equal(await program.end(), 0, program.errors);
  });
});
