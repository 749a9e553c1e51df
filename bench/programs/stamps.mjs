// The same as stamps.c, by Node: an HTTP server that is ready when it listens.
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

createServer((_request, response) => response.end('ok')).listen(0, () => {
  writeFileSync(process.argv[2], `${process.pid} ${process.hrtime.bigint()}\n`);
});
