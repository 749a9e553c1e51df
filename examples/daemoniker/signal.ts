// Daemoniker's second script: sends signals to the daemon of the first.
import { join } from 'node:path';
import { SIGHUP, SIGINT, send } from 'daimon';

const pidFile = join(process.argv[2] ?? process.cwd(), 'example.pid');
console.log((await send(pidFile, SIGHUP)).kind);
console.log((await send(pidFile, SIGINT)).kind);
