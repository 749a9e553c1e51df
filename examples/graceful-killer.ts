// The classic: a loop that checks a flag, here between chunks of work that never yield. On SIGTERM
// it finishes its round. The same flag is seen by every worker thread: examples/workers.mjs.
import { gracefulShutdown } from 'daimon';

const stop = gracefulShutdown({ graceMs: 5000 });

let rounds = 0;
console.log(`pid ${process.pid}: kill me`);
while (!stop.requested) {
  for (let i = 0; i < 1e6; i++) Math.sqrt(i);
  rounds++;
}
console.log(`${stop.reason?.message}; stopped cleanly after ${rounds} rounds`);
