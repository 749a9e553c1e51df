// A small HTTP server, to try daimon with. It reads its configuration again on SIGHUP,
// and finishes the requests under way on SIGTERM.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { gracefulShutdown } from 'daimon';

interface Config {
  port: number;
  greeting: string;
}

const configPath = process.argv[2] ?? 'config.json';
const readConfig = () => JSON.parse(readFileSync(configPath, 'utf8')) as Config;

let config = readConfig();

const server = createServer((request, response) => {
  console.log(`${request.method} ${request.url}`);
  response.end(`${config.greeting}\n`);
});

process.on('SIGHUP', () => {
  config = readConfig();
  console.log(`Reloaded ${configPath}: the greeting is now "${config.greeting}"`);
});

gracefulShutdown().server(server);
server.listen(config.port, () => console.log(`Listening on port ${config.port}`));
