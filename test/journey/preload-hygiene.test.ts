import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { NODES } from '../helpers/nodes.ts';
import { Sandbox } from '../helpers/sandbox.ts';

/** Starts `app` and resolves with what it logged: one JSON text. */
async function startAndRead(box: Sandbox, file: string, ...options: string[]): Promise<Facts> {
  await box.succeed('start', file, ...options);
  const log = await eventually(
    'a line in the log',
    () => box.logOf('app'),
    (text) => text.includes('\n'),
  );
  return JSON.parse(log.split('\n')[0] ?? '') as Facts;
}

interface Facts {
  execArgv: string[];
  argv: string[];
  environment: string[];
  isMain?: boolean;
  cached?: string[];
}

const FACTS = `execArgv: process.execArgv, argv: process.argv.slice(1), environment: Object.keys(process.env)`;
const LIVES = 'setInterval(() => {}, 1e6);';

for (const node of NODES) {
  describe(`a daemon sees nothing of the preload, Node ${node.version}`, {
    skip: node.skip,
  }, () => {
    const interpreter = ['--interpreter', node.path];

    test('in CommonJS: require.main, execArgv, argv, the environment, the cache', async (t) => {
      const box = new Sandbox(t);
      const app = box.file(
        'app.cjs',
        `${LIVES} console.log(JSON.stringify({ ${FACTS}, isMain: require.main === module && process.mainModule === module,
          cached: Object.keys(require.cache) }));`,
      );
      const facts = await startAndRead(box, app, ...interpreter, '--', 'a', '--b');
      assert.deepEqual(facts.execArgv, []);
      assert.deepEqual(facts.argv, [app, 'a', '--b']);
      assert.equal(facts.isMain, true);
      assert.deepEqual(facts.cached, [app]);
      assert.deepEqual(
        facts.environment.filter((key) => /DAIMON_(?!HOME)|NODE_|NOTIFY/.test(key)),
        [],
      );
    });

    test('in an ES module: import.meta.main, and its own node options are kept', async (t) => {
      const box = new Sandbox(t);
      const app = box.file(
        'app.mjs',
        `${LIVES} console.log(JSON.stringify({ ${FACTS}, isMain: import.meta.main ?? true }));`,
      );
      const facts = await startAndRead(box, app, ...interpreter, '--interpreter-arg=--no-warnings');
      assert.deepEqual(facts.execArgv, ['--no-warnings']);
      assert.equal(facts.isMain, true);
    });

    test('in fork()ed children, worker threads and cluster workers', async (t) => {
      const box = new Sandbox(t);
      const app = box.file(
        'app.cjs',
        `const { fork } = require('child_process'), { Worker, isMainThread, parentPort } = require('worker_threads');
        const cluster = require('cluster');
        const facts = () => [process.execArgv, Object.keys(require.cache).length, process.argv.slice(2)];
        if (!isMainThread) parentPort.postMessage(facts());
        else if (cluster.isWorker || process.argv[2] === 'child') process.send(facts(), () => process.disconnect());
        else {
          const answers = [];
          const add = (answer) => { answers.push(answer); if (answers.length === 3) console.log(JSON.stringify({ execArgv: answers })); };
          fork(__filename, ['child']).on('message', add);
          new Worker(__filename).on('message', add);
          cluster.fork().on('message', add);
          ${LIVES}
        }`,
      );
      const { execArgv } = await startAndRead(box, app, ...interpreter);
      assert.deepEqual(
        execArgv.map((answer) => answer[0]),
        [[], [], []],
      );
      assert.deepEqual(
        execArgv.map((answer) => answer[1]),
        [1, 1, 1],
      );
    });

    test('beside NODE_OPTIONS of the user', async (t) => {
      const box = new Sandbox(t);
      box.file('first.cjs', "globalThis.order = ['required'];");
      box.file('second.mjs', "globalThis.order.push('imported');");
      const app = box.file(
        'app.mjs',
        `${LIVES} console.log(JSON.stringify({ execArgv: globalThis.order }));`,
      );
      box.environment.NODE_OPTIONS = `--require=${box.folder}/first.cjs --import=${box.folder}/second.mjs`;
      const facts = await startAndRead(box, app, ...interpreter);
      assert.deepEqual(facts.execArgv, ['required', 'imported']);
    });

    test('when its main module executes itself anew', async (t) => {
      const box = new Sandbox(t);
      const app = box.file(
        'app.cjs',
        `if (process.argv[2] === 'again') { console.log(JSON.stringify({ ${FACTS} })); ${LIVES} }
        else { const { spawn } = require('child_process');
          spawn(process.execPath, [...process.execArgv, __filename, 'again'], { stdio: 'inherit' }); }`,
      );
      const facts = await startAndRead(box, app, ...interpreter);
      assert.deepEqual(facts.execArgv, []);
    });
  });
}
