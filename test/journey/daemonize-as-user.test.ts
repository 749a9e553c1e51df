import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { cannotBeOrdinary } from '../helpers/ordinary-user.ts';
import { isRunning, Sandbox } from '../helpers/sandbox.ts';

const LIBRARY = new URL('../../dist/index.js', import.meta.url).href;
const NOBODY = 65534;

/** Becomes a daemon by its own call, too, and tells what it does. */
const APP = `
import { daemonize, status } from '${LIBRARY}';
const [word] = await daemonize(process.argv[2], ['hello']);
console.log(word, process.pid, process.getuid(), status('working'));
process.on('SIGTERM', () => process.exit());
setInterval(() => {}, 1e6);`;

for (const [what, folder, owner] of [
  ['a PID file of its own', 'own', NOBODY],
  ['the PID file that daimon has', 'given', 0],
] as const) {
  test(`daemonize() in what "start --user" runs goes on there, with ${what}`, {
    skip: cannotBeOrdinary,
  }, async (t) => {
    const box = new Sandbox(t);
    chmodSync(box.folder, 0o755);
    box.file('app.mjs', APP);
    const pidFile = join(box.folder, folder, 'app.pid');
    mkdirSync(join(box.folder, folder), { mode: 0o755 });
    chownSync(join(box.folder, folder), owner, owner);
    const given = owner === 0 ? ['--pid-file', pidFile] : [];
    await box.succeed('start', '--user', 'nobody', ...given, 'app.mjs', '--', pidFile);
    const { pid } = JSON.parse(await box.succeed('status', '--json', 'app'));
    const said = await eventually(
      'its words',
      () => box.logOf('app'),
      (text) => text.endsWith('\n'),
    );
    // Nobody may write the record now: nobody is told.
    assert.equal(said, `hello ${pid} ${NOBODY} false\n`);
    await box.succeed('stop', 'app');
    assert.equal(isRunning(pid), false);
  });
}
