import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isRunning } from '../../bench/lib/processes.ts';
import { eventually } from '../helpers/eventually.ts';
import { Sandbox } from '../helpers/sandbox.ts';

const BENCH = fileURLToPath(new URL('../../bench/', import.meta.url));
const INIT = join(BENCH, 'build/init');
const RESULTS = join(BENCH, 'results/part.json');
// Some leave the session and lose their parent.
const FAMILY = `setsid sh -c 'echo $$ > "$0"; exec sleep 1000' "$0" & exec sleep 1000`;

function benchmark(t: TestContext, ...words: string[]) {
  const command = [process.execPath, '--import', 'tsx', join(BENCH, 'run.ts'), ...words];
  return new Sandbox(t).run(command, { cwd: join(BENCH, '..') });
}

describe('npm run bench', () => {
  before(() => {
    const { status, stderr } = spawnSync('bash', [join(BENCH, 'programs/compile.sh')]);
    assert.equal(status, 0, String(stderr));
  });

  it('measures commands beside their floor, keeps the samples and leaves the page alone', async (t) => {
    const page = readFileSync(join(BENCH, '../docs/benchmarks.md'), 'utf8');
    const ran = await benchmark(t, 'command', '--rounds', '2');
    assert.equal(ran.status, 0, ran.stderr);
    assert.match(ran.stdout, /node -e 0 .* ms .*1\.00 ×\n.*daimon start --ready exec .* ×.*aim/);
    const { results, failures } = JSON.parse(readFileSync(RESULTS, 'utf8'));
    assert.deepEqual(failures, []);
    assert.equal(results[0].figures[0].samples.length, 2);
    assert.equal(readFileSync(join(BENCH, '../docs/benchmarks.md'), 'utf8'), page);
  });

  it('names the scenarios there are when it knows none of the words', async (t) => {
    const ran = await benchmark(t, 'no-such-scenario');
    assert.equal(ran.status, 2);
    assert.match(ran.stderr, /launch-c, launch-node, /);
  });
});

describe('init', () => {
  it('ends a command after its time', async (t) => {
    const ran = await new Sandbox(t).run([INIT, '1', 'sleep', '1000']);
    assert.equal(ran.status, 124, ran.stderr);
  });

  it('ends all that descends from the command when it is told to end', async (t) => {
    const box = new Sandbox(t);
    const file = join(box.folder, 'pid');
    const init = box.spawn([INIT, '0', 'sh', '-c', FAMILY, file]);
    const ended = once(init, 'exit');
    const text = () => (existsSync(file) ? readFileSync(file, 'utf8') : '');
    const pid = Number(await eventually('its pid', text, (seen) => seen.endsWith('\n')));
    init.kill('SIGTERM');
    assert.deepEqual(await ended, [128 + 15, null]);
    assert.equal(isRunning(pid), false);
  });

  it("ends with the command's own status, and leaves nothing of it either", async (t) => {
    const box = new Sandbox(t);
    const file = join(box.folder, 'pid');
    const family = FAMILY.replace(
      /exec sleep 1000$/,
      'while [ ! -s "$0" ]; do sleep 0.01; done; exit 7',
    );
    const ran = await box.run([INIT, '0', 'sh', '-c', family, file]);
    assert.equal(ran.status, 7, ran.stderr);
    assert.equal(isRunning(Number(readFileSync(file, 'utf8'))), false);
  });
});
