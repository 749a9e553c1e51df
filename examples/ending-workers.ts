// Workers that end after a signal: each finishes its round, and the pool waits for all of them.
import { setTimeout as sleep } from 'node:timers/promises';
import { gracefulShutdown } from 'daimon';

const stop = gracefulShutdown();

async function work(name: string): Promise<void> {
  for (let round = 1; !stop.requested; round++) {
    await sleep(20); // a piece of work that is not to be cut in two
    if (round % 100 === 0) console.log(`${name}: ${round} rounds`);
  }
  console.log(`${name} ended`);
}

console.log(`pid ${process.pid}: kill me`);
await Promise.all(['one', 'two', 'three'].map(work));
console.log(`all have ended: ${stop.reason?.message}`);
