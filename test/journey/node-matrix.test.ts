import assert from 'node:assert/strict';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { assertFailed } from '../helpers/failure.ts';
import { NODES } from '../helpers/nodes.ts';
import { CLI, isRunning, MODULES, Sandbox } from '../helpers/sandbox.ts';

/** TypeScript is run by Node itself from 22.18 on. */
const FIRST_WITH_TYPES = 22;
const SERVER = (type: string) => `import http from 'node:http';
http.createServer((_, response) => response.end('hi')).listen(0, () => { const word${type} = 'listens'; console.log(word, process.versions.node.split('.')[0]); });`;

/** A server listens an instant before its own callback says so. */
async function logs(box: Sandbox, name: string, expected: string): Promise<void> {
  await eventually(
    'the log',
    () => box.logOf(name),
    (log) => log === expected,
  );
}

for (const node of NODES) {
  describe(`Node ${node.version} runs the command and the daemon`, { skip: node.skip }, () => {
    const daimon = (box: Sandbox, ...args: string[]) => box.run([node.path, CLI, ...args]);
    const succeed = async (box: Sandbox, ...args: string[]) => {
      const ran = await daimon(box, ...args);
      assert.equal(ran.status, 0, ran.stderr);
      return ran.stdout;
    };

    for (const [file, type] of [
      ['server.mjs', ''],
      ['server.js', ''],
      ['server.ts', ': string'],
      ['server.mts', ': string'],
    ] as const) {
      test(`${file}: start, status, restart, stop`, async (t) => {
        const box = new Sandbox(t);
        box.file('package.json', '{"type":"module"}');
        box.file(file, SERVER(type));
        symlinkSync(MODULES, join(box.folder, 'node_modules')); // with tsx, for Node 20
        await succeed(box, 'start', file, '--ready', 'listening');
        assert.equal(JSON.parse(await succeed(box, 'status', 'server', '--json')).state, 'running');
        await logs(box, 'server', `listens ${node.major}\n`);
        await succeed(box, 'restart', 'server');
        const pid = box.pidOf('server');
        assert.equal(isRunning(pid), true);
        assert.match(await succeed(box, 'list'), /server .*running/);
        await logs(box, 'server', `listens ${node.major}\n`.repeat(2));
        await succeed(box, 'stop', 'server');
        assert.equal(isRunning(pid), false);
      });
    }

    test('CommonJS, and a command that is no Node program', async (t) => {
      const box = new Sandbox(t);
      box.file('app.cjs', 'setInterval(() => {}, 1e6)');
      await succeed(box, 'start', 'app.cjs');
      await succeed(box, 'start', '--name', 'sleeps', 'sleep', '1000');
      await succeed(box, 'stop', 'app', 'sleeps');
    });

    test('TypeScript without tsx: by itself, or told what to install', async (t) => {
      const box = new Sandbox(t);
      box.file(
        'app.ts',
        'const text: string = "typed"; console.log(text); setInterval(() => {}, 1e6);',
      );
      const ran = await daimon(box, 'start', 'app.ts');
      if (node.major >= FIRST_WITH_TYPES) {
        assert.equal(ran.status, 0, ran.stderr);
        assert.match(box.logOf('app'), /^typed\n/);
      } else {
        assertFailed(
          box,
          ran,
          2,
          /tsx is not installed there\. Install it with: npm install tsx \(in .*\), or use Node 22\.18/,
        );
      }
    });

    test('the command of the tests starts it as --interpreter', async (t) => {
      const box = new Sandbox(t);
      box.file('app.mjs', SERVER(''));
      await box.succeed('start', 'app.mjs', '--interpreter', node.path, '--ready', 'listening');
      await logs(box, 'app', `listens ${node.major}\n`);
    });

    test('it starts what another Node runs', async (t) => {
      const box = new Sandbox(t);
      box.file('app.mjs', SERVER(''));
      await succeed(
        box,
        'start',
        'app.mjs',
        '--interpreter',
        process.execPath,
        '--ready',
        'listening',
      );
      await logs(box, 'app', `listens ${process.versions.node.split('.')[0]}\n`);
    });
  });
}
