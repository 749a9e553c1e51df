// The same as stamps.mjs for a server as people write them: Express, with a body parser, a few routes and static files.
import { writeFileSync } from 'node:fs';
import express from 'express';

const app = express();
app.use(express.json());
app.use('/files', express.static(import.meta.dirname));
app.get('/', (_request, response) => response.send('ok'));
app.get('/users/:id', (request, response) => response.json({ id: request.params.id }));
app.post('/users', (request, response) => response.status(201).json(request.body));
app.listen(0, () => {
  writeFileSync(process.argv[2], `${process.pid} ${process.hrtime.bigint()}\n`);
});
