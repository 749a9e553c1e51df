// A server: reloads at SIGHUP, answers what it has begun at SIGTERM.
import { createServer } from 'node:http';
import { gracefulShutdown } from 'daimon';

const server = createServer((_, response) => response.end('hello'));
gracefulShutdown().server(server);
process.on('SIGHUP', () => console.log('reloaded'));
server.listen(8080, () => console.log('listening'));
