// Worker threads and a child process that end with the program: kill it, even with SIGKILL.
import { isMainThread, threadId, Worker } from 'node:worker_threads';
import { formatProgress, gracefulShutdown } from 'daimon';
import { stopping, waitForStop } from 'daimon/worker';

if (isMainThread) {
  const stop = gracefulShutdown();
  stop.on('progress', (progress) => console.log(formatProgress(progress)));
  for (let i = 0; i < 2; i++) stop.worker(new Worker(new URL(import.meta.url)), { graceMs: 2000 });
  stop.spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 1; done'], { graceMs: 500 });
  console.log(`pid ${process.pid}: kill me`);
} else {
  try {
    // The first crunches without ever yielding, the second sleeps: both hear of it at once.
    if (threadId === 1) while (!stopping()) Math.sqrt(2);
    else waitForStop();
  } finally {
    console.log(`worker ${threadId} cleaned up`);
  }
}
