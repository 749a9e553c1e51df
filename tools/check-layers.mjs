// Keeps the law of ARCHITECTURE.md: arrows point down only, and no circles.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = join(dirname(fileURLToPath(import.meta.url)), '..', 'src');
// From the top (sees everything below) to the bottom (sees nothing).
const LAYERS = [
  'index',
  'runner',
  'cli',
  'control',
  'supervise',
  'launch',
  'host',
  'shutdown',
  'request',
  'record',
  'spec',
  'os',
  'process-ref',
  'errors',
  'suggest',
];
// Entries of their own: loaded into other people's programs, they see the named layers only.
const ENTRIES = {
  preload: ['os'],
  hear: ['os'],
  worker: ['shutdown', 'request', 'os', 'process-ref', 'errors'],
};

const files = readdirSync(source, { recursive: true })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
  .map((name) => join(source, name));

const roomOf = (file) => relative(source, file).split('/')[0].replace(/\.ts$/, '');
const imports = new Map(files.map((file) => [file, importsOf(file)]));
const faults = [];

function importsOf(file) {
  const text = readFileSync(file, 'utf8');
  const pattern = /(?:from|import)\s*\(?\s*'(\.[^']+)'/g;
  return [...text.matchAll(pattern)].map((match) => resolve(dirname(file), match[1]));
}

for (const [file, targets] of imports) {
  const from = roomOf(file);
  for (const target of targets) {
    const to = roomOf(target);
    const name = `${relative(source, file)} → ${relative(source, target)}`;
    if (!imports.has(target)) faults.push(`${name}: no such file`);
    else if (from in ENTRIES) {
      if (to !== from && !ENTRIES[from].includes(to))
        faults.push(`${name}: ${from} may not see ${to}`);
    } else if (!LAYERS.includes(from)) faults.push(`${name}: "${from}" is no layer`);
    else if (from !== to && LAYERS.indexOf(to) <= LAYERS.indexOf(from))
      faults.push(`${name}: an arrow that points up`);
  }
}

const visited = new Map();
function findCircle(file, path) {
  if (visited.get(file) === 'done') return;
  if (visited.get(file) === 'open') {
    const circle = [...path.slice(path.indexOf(file)), file].map((name) => relative(source, name));
    faults.push(`circle: ${circle.join(' → ')}`);
    return;
  }
  visited.set(file, 'open');
  for (const target of imports.get(file) ?? []) findCircle(target, [...path, file]);
  visited.set(file, 'done');
}
for (const file of files) findCircle(file, []);

for (const fault of faults) console.error(`layers: ${fault}`);
console.log(`layers: ${files.length} files, ${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
