// A program that stops on SIGTERM in the way its arguments name: what it runs, and whose way.
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { gracefulShutdown } from '../../dist/index.js';

const fromPeers = createRequire(new URL('../peers/package.json', import.meta.url));
// lightship's CommonJS files say they are ES modules.
const peer = async (name) => import(fromPeers.resolve(name).replace('/cjs/', '/esm/'));
const [what, way] = process.argv.slice(2);
const GRACE_MS = 5000;
const WORKERS = 8;

const serverWays = {
  daimon: (server) => gracefulShutdown({ graceMs: GRACE_MS }).server(server),
  'server.close()': (server) => process.once('SIGTERM', () => server.close()),
  async 'close-with-grace'(server) {
    const { default: closeWithGrace } = await peer('close-with-grace');
    closeWithGrace({ delay: GRACE_MS }, () => new Promise((done) => server.close(done)));
  },
  async '@godaddy/terminus'(server) {
    const { createTerminus } = (await peer('@godaddy/terminus')).default;
    createTerminus(server, { signals: ['SIGTERM'], timeout: GRACE_MS });
  },
  async lightship(server) {
    const { createLightship } = await peer('lightship');
    const lightship = await createLightship({
      detectKubernetes: false,
      port: 0,
      shutdownDelay: 0,
      shutdownHandlerTimeout: GRACE_MS,
      gracefulShutdownTimeout: GRACE_MS,
    });
    lightship.registerShutdownHandler(() => new Promise((done) => server.close(done)));
    lightship.signalReady();
  },
  async 'http-terminator'(server) {
    const { createHttpTerminator } = (await peer('http-terminator')).default;
    const terminator = createHttpTerminator({ server, gracefulTerminationTimeout: GRACE_MS });
    process.once('SIGTERM', () => terminator.terminate().then(() => process.exit()));
  },
  async stoppable(server) {
    const { default: stoppable } = await peer('stoppable');
    stoppable(server, GRACE_MS);
    process.once('SIGTERM', () => server.stop(() => process.exit()));
  },
};

const workerWays = {
  async daimon() {
    const stop = gracefulShutdown();
    for (let i = 0; i < WORKERS; i++) await begun(stop.worker(busyWorker('daimon')));
  },
  async 'worker.terminate()'() {
    const workers = Array.from({ length: WORKERS }, () => busyWorker('deaf'));
    await Promise.all(workers.map(begun));
    process.once('SIGTERM', () => Promise.all(workers.map((worker) => worker.terminate())));
  },
  async 'piscina.destroy()'() {
    const { Piscina } = (await peer('piscina')).default;
    const filename = new URL('./busy-task.mjs', import.meta.url).href;
    const pool = new Piscina({ filename, minThreads: WORKERS, maxThreads: WORKERS });
    const tasks = Array.from({ length: WORKERS }, () => pool.run(null));
    for (const task of tasks) task.catch(() => {});
    await sleep(1000);
    process.once('SIGTERM', () => pool.destroy());
  },
};

// The child ignores SIGTERM; what it starts has a session of its own and init for a parent.
const TREE = `trap "" TERM; (setsid sh -c 'trap "" TERM; while :; do sleep 0.05; done' &); while :; do sleep 0.05; done`;
const TREE_GRACE_MS = 100;
const childWays = {
  daimon: () =>
    gracefulShutdown().spawn('sh', ['-c', TREE], { stdio: 'ignore', graceMs: TREE_GRACE_MS }),
  'child.kill()'() {
    const child = spawn('sh', ['-c', TREE], { stdio: 'ignore' });
    process.once('SIGTERM', async () => {
      child.kill();
      await sleep(TREE_GRACE_MS);
      child.kill('SIGKILL');
    });
  },
  async execa() {
    const { execa } = await peer('execa');
    const child = execa('sh', ['-c', TREE], {
      stdio: 'ignore',
      forceKillAfterDelay: TREE_GRACE_MS,
    });
    child.catch(() => {});
    process.once('SIGTERM', () => child.kill());
  },
  async 'tree-kill'() {
    const { default: treeKill } = await peer('tree-kill');
    const child = spawn('sh', ['-c', TREE], { stdio: 'ignore' });
    process.once('SIGTERM', async () => {
      treeKill(child.pid, 'SIGTERM');
      await sleep(TREE_GRACE_MS);
      treeKill(child.pid, 'SIGKILL');
    });
  },
};

const signalWays = {
  // The moment at which a thread that never yields sees the request.
  'daimon, in a busy loop'() {
    const stop = gracefulShutdown();
    setTimeout(() => {
      while (!stop.requested);
      stamp();
    });
  },
  'daimon, the AbortSignal'() {
    gracefulShutdown().signal.addEventListener('abort', stamp);
    setInterval(() => {}, 1000).unref();
    process.stdin.resume();
  },
  "process.on('SIGTERM')"() {
    process.once('SIGTERM', stamp);
    process.stdin.resume();
  },
};

function stamp() {
  console.log(`stamp ${process.hrtime.bigint()}`);
  process.exit();
}

function busyWorker(kind) {
  return new Worker(new URL(import.meta.url), { workerData: kind, argv: [] });
}

function begun(worker) {
  return new Promise((resolve) => worker.once('message', resolve));
}

if (isMainThread) {
  if (what === 'server') {
    const server = createServer(async (_, response) => {
      await sleep(5);
      response.end('done');
    });
    await serverWays[way](server);
    server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`));
  } else {
    await { workers: workerWays, children: childWays, signal: signalWays }[what][way]();
    console.log('ready 0');
  }
} else {
  const { stopping } =
    workerData === 'daimon' ? await import('../../dist/worker.js') : { stopping: () => false };
  parentPort.postMessage('busy');
  try {
    while (!stopping());
  } finally {
    console.log('finally');
  }
}
