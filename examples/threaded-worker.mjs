// A thread of examples/threaded-daemon.ts: sleeps without CPU time, and ends at once when it is told to.
import { threadId } from 'node:worker_threads';
import { waitForStop } from 'daimon/worker';

try {
  while (!waitForStop(100)) console.log(`thread ${threadId}: tick`);
} finally {
  console.log(`thread ${threadId}: cleaned up`);
}
