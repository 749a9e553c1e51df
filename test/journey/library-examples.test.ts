import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../helpers/eventually.ts';
import { Program } from '../helpers/program.ts';
import { isRunning, Sandbox } from '../helpers/sandbox.ts';

const TSX = new URL('../../node_modules/tsx/dist/loader.mjs', import.meta.url).href;
const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const node = (name: string, ...args: string[]) => [
  process.execPath,
  '--import',
  TSX,
  example(name),
  ...args,
];

/** Waits until the file says it. */
async function says(path: string, pattern: RegExp): Promise<string> {
  const read = () => (existsSync(path) ? readFileSync(path, 'utf8') : '');
  return await eventually(`${pattern} in ${path}`, read, (text) => pattern.test(text));
}

describe('examples', () => {
  it('threaded-daemon.ts: threads and subprocesses end with it', async (t) => {
    const box = new Sandbox(t);
    const env = { ...box.environment, EXAMPLE_FOLDER: box.folder };
    const act = (action: string) => box.run(node('threaded-daemon.ts', action), { env });
    const started = await act('start');
    assert.match(started.stdout, /^Started threaded \(pid \d+\)/, started.stderr);
    const log = join(box.folder, 'threaded.log');
    await says(log, /tick/);
    assert.match((await act('reload')).stdout, /Sent SIGHUP/);
    await says(log, /read the configuration again/);
    const stopped = await act('stop');
    assert.match(stopped.stdout, /^Stopped threaded \(pid \d+\) in [^K]*$/, stopped.stdout);
    await says(log, /received SIGTERM/);
    await says(log, /cleaned up[\s\S]*cleaned up/);
    assert.equal((await act('status')).status, 3);
  });

  it('daemoniker/: the daemon, and the script that signals it', async (t) => {
    const box = new Sandbox(t);
    const started = await box.run(node('daemoniker/daemon.ts', box.folder));
    assert.equal(started.status, 0, started.stderr);
    assert.equal(
      started.stdout,
      'before: in the terminal\nafter: the parent, and the daemon is ready\n',
    );
    const log = join(box.folder, 'example.log');
    await says(log, /hello from before/);
    const sent = await box.run(node('daemoniker/signal.ts', box.folder));
    assert.equal(sent.stdout, 'delivered\ndelivered\n', sent.stderr);
    await says(log, /reload\nended by SIGINT, number 2/);
  });

  it('ending-workers.ts: every worker finishes its round', async (t) => {
    const box = new Sandbox(t);
    const [file = '', ...args] = node('ending-workers.ts');
    await using program = new Program(file, args, { env: box.environment });
    await program.says(/kill me/);
    program.signal('SIGTERM');
    assert.equal(await program.end(), 0, program.errors);
    for (const name of ['one', 'two', 'three'])
      assert.match(
        program.output,
        new RegExp(`${name} ended\\n[\\s\\S]*all have ended: received SIGTERM`),
      );
  });

  for (const user of ['nobody', '']) {
    const skip = user !== '' && process.getuid?.() !== 0 && 'needs root';
    it(`context-tour.ts${user && ', in a root of its own as another user'}`, {
      skip,
    }, async (t) => {
      const box = new Sandbox(t);
      const folder = mkdtempSync(join(box.folder, 'tour-'));
      chmodSync(box.folder, 0o755);
      chmodSync(folder, 0o755);
      const ran = await box.run(node('context-tour.ts', folder, ...(user ? [user] : [])));
      assert.equal(ran.status, 0, ran.stderr);
      const important = join(folder, 'important.txt');
      await says(
        important,
        user ? /^in \/ as 65534\n/ : new RegExp(`^in ${folder}/root as ${process.getuid?.()}\n`),
      );
      await box.succeed('signal', 'HUP', 'tour');
      await says(important, /SIGHUP: reloaded/);
      await box.succeed('signal', 'USR1', 'tour');
      await says(join(folder, 'tour.log'), /collected/);
      const pid = Number(readFileSync(join(folder, 'tour.pid'), 'utf8'));
      await box.succeed('stop', 'tour');
      assert.equal(isRunning(pid), false);
    });
  }
});
