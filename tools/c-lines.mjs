// From gcov's counters to lines of C. Each process has counters of its own: in one that all share, a process killed as
// it writes takes with it what thousands before have counted.
import { spawnSync } from 'node:child_process';
import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';

/** `[{ file, covered, all, missing }]`: a line is covered when it has run in any process. */
export function cLines(objects) {
  const sum = merge(objects);
  for (const name of readdirSync(sum))
    renameSync(join(sum, name), join(objects, name.slice(name.lastIndexOf('#') + 1)));
  const notes = readdirSync(objects).filter((name) => name.endsWith('.gcno'));
  const { stdout } = spawnSync('gcov', ['--stdout', ...notes], {
    cwd: objects,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return stdout
    .split(/^ *-: *0:Source:/m)
    .slice(1)
    .map(readFile)
    .filter(({ file, all }) => file.endsWith('.c') && all > 0);
}

/** The folder with the sum of all folders that are named for a pid. */
function merge(objects) {
  const sums = [join(objects, 'sum'), join(objects, 'next-sum')];
  const pids = readdirSync(objects).filter((name) => /^\d+$/.test(name));
  let sum = join(objects, pids.shift() ?? '0');
  for (const pid of pids) {
    const next = sums.find((name) => name !== sum);
    const { status } = spawnSync('gcov-tool', ['merge', '-o', next, sum, join(objects, pid)]);
    if (status === 0) sum = next; // else it was killed as it wrote
  }
  return sum;
}

function readFile(text) {
  const file = text.slice(text.indexOf('/native/') + 1, text.indexOf('\n'));
  const counts = [...text.matchAll(/^ *([^ :]+): *(\d+):/gm)].filter(([, count]) => count !== '-');
  const missing = counts.filter(([, count]) => count === '#####').map(([, , line]) => Number(line));
  return { file, covered: counts.length - missing.length, all: counts.length, missing };
}
