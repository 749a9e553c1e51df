// The main job, step by step: a real HTTP server becomes a daemon, is looked at, reloaded and stopped.
// Run it with: npm run demo
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('..', import.meta.url));
const command = join(project, 'dist', 'cli.cjs');
const folder = mkdtempSync(join(tmpdir(), 'daimon-demo-'));
const config = join(folder, 'config.json');
// A home of its own: the demo neither sees nor touches daemons that you run already.
const environment = { ...process.env, DAIMON_HOME: join(folder, 'home') };

const ANSWER_DEADLINE_MS = 10_000;
const PAUSE_MS = 20;

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const)
  process.on(name, () => interrupted.abort(new Error(`interrupted by ${name}`)));

function say(text: string): void {
  interrupted.signal.throwIfAborted();
  console.log(`\n${text}`);
}

async function run(line: string, file: string, args: readonly string[]): Promise<void> {
  console.log(`$ ${line}`);
  const child = spawn(file, args, { cwd: project, env: environment, stdio: 'inherit' });
  const [status, signal] = await once(child, 'exit');
  if (status !== 0) throw new Error(`"${line}" ended with ${status ?? signal}`);
}

function daimon(...args: string[]): Promise<void> {
  return run(`daimon ${args.join(' ')}`, process.execPath, [command, ...args]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port is free');
  return address.port;
}

/** On a connection of its own, as curl does: fetch() would keep it, and the server that stops waits for its next request. */
async function request(url: string): Promise<string> {
  console.log(`$ curl ${url}`);
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  process.stdout.write(text);
  return text.trim();
}

/** SIGHUP is handled when the server gets to it: asks until the answer is the new one. */
async function requestUntil(url: string, wanted: string): Promise<void> {
  const untilMs = performance.now() + ANSWER_DEADLINE_MS;
  while ((await request(url)) !== wanted) {
    if (performance.now() > untilMs) throw new Error(`the answer never was "${wanted}"`);
    await sleep(PAUSE_MS);
  }
}

async function demonstrate(): Promise<void> {
  const port = await freePort();
  const url = `http://localhost:${port}/`;
  const configure = (greeting: string) => writeFileSync(config, JSON.stringify({ port, greeting }));

  console.log('daimon makes a daemon of examples/server.ts, an ordinary HTTP server.');
  console.log(`Everything it writes is in ${folder}, and is gone at the end.`);
  configure('Hello');

  say('1. Start it. The command returns when the server listens, and the shell is free again:');
  await daimon('start', 'examples/server.ts', '--ready', 'listening', '--', config);

  say('2. It answers:');
  await request(url);

  say('3. How is it?');
  await daimon('status', 'server');

  say('4. Is it a proper daemon? Every point is read from the kernel:');
  await daimon('check', 'server');

  say('5. Change its configuration and reload it, without a restart:');
  configure('Hello again');
  console.log(`$ edit ${config}`);
  await daimon('reload', 'server');
  await requestUntil(url, 'Hello again');

  say('6. What it wrote:');
  await daimon('logs', 'server');

  say('7. Stop it. Requests under way are finished, and no process of it is left:');
  await daimon('stop', 'server');

  say('That is all. Try it with a program of your own: node dist/cli.cjs start your-server.ts');
}

if (!existsSync(command)) await run('npm run compile', 'npm', ['run', '--silent', 'compile']);
try {
  await demonstrate();
} catch (error) {
  console.error(`\nThe demo failed: ${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  // Whatever failed: nothing stays behind.
  spawnSync(process.execPath, [command, 'stop', '--all'], { env: environment, stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
}
