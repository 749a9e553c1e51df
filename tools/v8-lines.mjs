// From the counters that V8 writes at the end of each process (NODE_V8_COVERAGE) to lines of TypeScript.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `[{ file, covered, all, missing }]`: a line is covered when something that begins on it has run, in any process. */
export function typescriptLines(folder, counters) {
  const lines = new Map();
  const scripts = new Map();
  for (const name of readdirSync(counters)) {
    const report = parse(join(counters, name));
    if (report === null) continue; // of a process that was killed as it wrote
    const maps = report['source-map-cache'] ?? {};
    for (const { url, functions } of report.result) {
      if (!url.startsWith(`file://${folder}/dist/`) && !url.startsWith(`file://${folder}/src/`))
        continue;
      const script = scriptOf(scripts, url, maps[url]);
      if (script !== null) count(script, functions, lines, folder);
    }
  }
  return [...lines].map(([file, found]) => {
    const missing = [...found].filter(([, ran]) => !ran).map(([line]) => line + 1);
    return {
      file,
      covered: found.size - missing.length,
      all: found.size,
      missing: missing.sort((a, b) => a - b),
    };
  });
}

function parse(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** What is at each place of a script that comes from a line of ours; null for a script without a map. */
function scriptOf(scripts, url, cached) {
  if (!scripts.has(url)) {
    const path = fileURLToPath(url);
    const map = existsSync(`${path}.map`)
      ? JSON.parse(readFileSync(`${path}.map`, 'utf8'))
      : cached?.data;
    const lengths = existsSync(`${path}.map`)
      ? readFileSync(path, 'utf8')
          .split('\n')
          .map((line) => line.length)
      : cached?.lineLengths;
    scripts.set(url, map ? placesOf(new SourceMap(map), lengths, dirname(path)) : null);
  }
  return scripts.get(url);
}

function placesOf(map, lineLengths, folder) {
  const places = [];
  let offset = 0;
  for (const [line, length] of lineLengths.entries()) {
    for (let column = 0; column <= length; ) {
      const entry = map.findEntry(line, column);
      if (
        entry.generatedLine === line &&
        entry.originalSource !== undefined &&
        entry.generatedColumn === column
      ) {
        const source = entry.originalSource.replace(/^file:\/\//, '');
        places.push({
          offset: offset + column,
          file: resolve(folder, source),
          line: entry.originalLine,
        });
      }
      column++;
    }
    offset += length + 1;
  }
  return places;
}

/** The innermost range says whether a place has run. */
function count(places, functions, lines, folder) {
  const ran = new Uint8Array(places.length);
  const ranges = functions
    .flatMap((one) => one.ranges)
    .sort((a, b) => a.startOffset - b.startOffset || b.endOffset - a.endOffset);
  for (const { startOffset, endOffset, count: times } of ranges)
    ran.fill(times > 0 ? 1 : 0, firstFrom(places, startOffset), firstFrom(places, endOffset));
  for (const [index, { file, line }] of places.entries()) {
    const name = relative(folder, file);
    if (!name.startsWith('src/')) continue;
    if (!lines.has(name)) lines.set(name, new Map());
    const known = lines.get(name);
    if (ran[index] === 1 || !known.has(line))
      known.set(line, ran[index] === 1 || known.get(line) === true);
  }
}

function firstFrom(places, offset) {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle].offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
