import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SIGTERM, type SignalLike, send } from '../../src/index.ts';
import { OTHER_RUNTIMES, runtimePath } from '../../tools/node-cache.mjs';
import { eventually } from '../helpers/eventually.ts';
import { NODES } from '../helpers/nodes.ts';
import { Program } from '../helpers/program.ts';
import { FIXTURES, Sandbox } from '../helpers/sandbox.ts';

const TELLS = join(FIXTURES, 'daemonize-tells.mjs');
const FAILS = join(FIXTURES, 'daemonize-fails.mjs');
const SIGNALS = join(FIXTURES, 'handles-signals.mjs');
const HOLDS = join(FIXTURES, 'holds-pid-file.mjs');

const runtimes = [
  ...OTHER_RUNTIMES.map((name) => {
    const path = runtimePath(name);
    const skip = existsSync(path) ? false : `no ${path}; run: node tools/fetch-nodes.mjs`;
    return { name: name as string, command: name === 'deno' ? [path, 'run', '-A'] : [path], skip };
  }),
  ...NODES.map(({ version, path, skip }) => ({ name: `Node ${version}`, command: [path], skip })),
];

for (const { name, command, skip } of runtimes) {
  const [file = '', ...options] = command;

  describe(`the library on ${name}`, { skip }, () => {
    it('daemonizes, with its arguments; the command restarts and stops it', async (t) => {
      const box = new Sandbox(t);
      const [pidFile, out] = [join(box.folder, 'app.pid'), join(box.folder, 'out.json')];
      const ran = await box.run([...command, TELLS, pidFile, out]);
      assert.equal(ran.status, 0, ran.stderr);
      const read = () => (existsSync(out) ? readFileSync(out, 'utf8') : '');
      const seen = JSON.parse(
        await eventually('what it tells', read, (text) => text.endsWith('}')),
      );
      assert.equal(`${seen.pid}\n`, readFileSync(pidFile, 'utf8'));
      assert.deepEqual(
        [seen.set, seen.big, seen.megabytes, seen.isCycle],
        [[1, 2], String(2n ** 70n), 3_000_000, true],
      );
      assert.deepEqual(seen.environment, ['DAIMON_HOME']);
      const again = await box.run([...command, TELLS, pidFile, out]);
      assert.match(again.stderr, /is already running/);
      await box.succeed('restart', 'app');
      assert.notEqual(`${seen.pid}\n`, readFileSync(pidFile, 'utf8'));
      await box.succeed('stop', 'app');
      assert.equal(existsSync(pidFile), false);
    });

    for (const way of ['before', 'after']) {
      it(`tells what went wrong ${way} the call`, async (t) => {
        const box = new Sandbox(t);
        const pidFile = join(box.folder, 'app.pid');
        const env = { ...box.environment, MARK: '1' };
        const ran = await box.run([...command, FAILS, pidFile, way], { env });
        assert.equal(ran.status, 1);
        assert.match(
          ran.stderr,
          new RegExp(`exited with code 1 before it was ready[^]*broken ${way} the call`),
        );
        assert.equal(existsSync(pidFile), false);
      });
    }

    it('handles signals, real-time ones too, and holds a PID file', async (t) => {
      const box = new Sandbox(t);
      const pidFile = join(box.folder, 'app.pid');
      const environment = { env: box.environment, cwd: box.folder };
      {
        await using program = new Program(
          file,
          [...options, SIGNALS, 'handles', pidFile],
          environment,
        );
        await program.says(/ready/);
        for (const signal of ['HUP', 'USR2', 'RTMIN+3'] as SignalLike[]) {
          assert.deepEqual(await send(pidFile, signal), { kind: 'delivered', pid: program.pid });
        }
        await program.says(/hup 1 from true/);
        await program.says(/SIGRTMIN\+3 37/);
        await send(pidFile, SIGTERM);
        assert.equal(await program.end(), 143, program.errors);
      }
      await using holder = new Program(file, [...options, HOLDS, pidFile], environment);
      await holder.says(/held/);
      assert.equal(readFileSync(pidFile, 'utf8'), `${holder.pid}\n`);
      holder.process.stdin?.write('go\n');
      assert.equal(await holder.end(), 0, holder.errors);
      assert.equal(existsSync(pidFile), false);
    });
  });
}
