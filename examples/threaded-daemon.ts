// A daemon with worker threads and subprocesses that stops cleanly on SIGTERM, with the commands
// start, stop, restart, reload, status and run: npx tsx examples/threaded-daemon.ts start
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DaemonRunner, formatProgress, gracefulShutdown } from 'daimon';

const folder = process.env.EXAMPLE_FOLDER ?? tmpdir();

async function main(): Promise<void> {
  const stop = gracefulShutdown({ graceMs: 5000 });
  stop.on('progress', (progress) => console.log(formatProgress(progress)));
  const thread = new URL('./threaded-worker.mjs', import.meta.url);
  for (let i = 0; i < 2; i++) stop.worker(new Worker(thread));
  // A subprocess with its own children: all of them go, even if the daemon is killed.
  stop.spawn('sh', ['-c', 'sleep 1000 & sleep 1000 & wait'], { graceMs: 500 });
  process.on('SIGHUP', () => console.log('read the configuration again'));
  const reason = await stop.wait();
  console.log(reason.message);
}

await new DaemonRunner({
  pidFile: join(folder, 'threaded.pid'),
  stdout: join(folder, 'threaded.log'),
  stderr: join(folder, 'threaded.log'),
  run: main,
}).run(process.argv);
