// node --import tsx bench/page.ts [results.json]: docs/benchmarks.md and its plots once more, from a run's results.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writePage } from './report/page.ts';

const [path = join(import.meta.dirname, 'results/latest.json')] = process.argv.slice(2);
writePage(JSON.parse(readFileSync(path, 'utf8')));
