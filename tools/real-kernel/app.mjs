// app.mjs PID-FILE: would become a daemon by itself, and tells what has become of it.
import { daemonize, gracefulShutdown, ready, status } from 'daimon';

const before = process.pid;
await daemonize(process.argv[2], [], {
  ready: 'notify',
  stdout: '/tmp/app.log',
  stderr: '/tmp/app.log',
});
const stop = gracefulShutdown();
stop.defer(() => console.log(`stopped by ${stop.reason?.message}`));
console.log(before === process.pid ? 'the same process' : 'another process');
setTimeout(() => {
  status('at work');
  ready();
}, 300);
await stop.wait();
