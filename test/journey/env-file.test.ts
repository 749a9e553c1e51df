import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FOR_ATTACKER, type Scene, scene } from '../helpers/attacker.ts';
import { eventually } from '../helpers/eventually.ts';
import { NODES } from '../helpers/nodes.ts';
import { cannotBeOrdinary } from '../helpers/ordinary-user.ts';
import { Sandbox } from '../helpers/sandbox.ts';

/** An environment file whose NODE_OPTIONS writes down as whom it was obeyed. */
async function trap({ attack, theirs }: Scene): Promise<{ file: string; obeyed(): string[] }> {
  const [file, evil, told] = ['app.env', 'evil.cjs', 'told'].map((name) => join(theirs, name)) as [
    string,
    string,
    string,
  ];
  await attack(
    'printf %s "$1" > evil.cjs; printf "NODE_OPTIONS=--require=%s\\nCOLOUR=green\\n" "$2" > app.env; : > told; chmod 666 told',
    `require('fs').appendFileSync(${JSON.stringify(told)}, process.getuid() + ' ')`,
    evil,
  );
  return { file, obeyed: () => readFileSync(told, 'utf8').split(' ').filter(Boolean) };
}

const skip = cannotBeOrdinary;
const PROGRAM = 'console.log(process.env.COLOUR); setTimeout(() => {}, 1e6)';

describe("an environment file of the daemon's user, given by root", { skip }, () => {
  test('--env-file of a file that others can write to is refused, so that nobody gets used to it', async (t) => {
    const made = scene(t);
    const { file } = await trap(made);
    writeFileSync(join(made.theirs, 'app.mjs'), PROGRAM);
    for (const words of [['--env-file', file], [`--env-file=${file}`]]) {
      const ran = await made.box.daimon(
        'start',
        ...FOR_ATTACKER,
        ...words,
        join(made.theirs, 'app.mjs'),
      );
      assert.equal(ran.status, 1);
      assert.match(ran.stderr, /Refused --env-file .*Node itself obeys.*--environment-file/);
    }
    const own = made.box.file('own.env', 'COLOUR=green\n', 0o666);
    chmodSync(own, 0o666);
    const open = await made.box.daimon('run', '--env-file', own, 'true');
    assert.match(open.stderr, /others may write to it/);
  });

  for (const words of [
    ['start', '--environment-file'],
    ['--', 'start', '--env-file'],
  ]) {
    test(`${words.join(' ')}: nothing of it runs as root, and the daemon has it`, async (t) => {
      const made = scene(t);
      const { file, obeyed } = await trap(made);
      writeFileSync(join(made.theirs, 'app.mjs'), PROGRAM);
      const ran = await made.box.daimon(
        ...words,
        file,
        ...FOR_ATTACKER,
        join(made.theirs, 'app.mjs'),
      );
      assert.equal(ran.status, 0, ran.stderr);
      await made.box.succeed('restart', 'app');
      await eventually(
        'its variable',
        () => made.box.logOf('app'),
        (text) => text === 'green\ngreen\n',
      );
      assert.deepEqual([...new Set(obeyed())], [FOR_ATTACKER[1].split(':')[0]]);
    });
  }
});

test('--environment-file that is missing is told in words, by us', async (t) => {
  const box = new Sandbox(t);
  const ran = await box.daimon('start', '--environment-file', 'gone.env', 'sleep', '1000');
  assert.equal(ran.status, 2);
  assert.match(ran.stderr, /Cannot read the environment file .*gone\.env/);
});

test("--env-file of root's own is as good as ever", async (t) => {
  const box = new Sandbox(t);
  const file = box.file('own.env', 'COLOUR=green\n');
  const ran = await box.daimon('run', '--env-file', file, '--', 'sh', '-c', 'echo $COLOUR');
  assert.equal(ran.stdout, 'green\n');
});

for (const { version, path, skip: missing } of NODES) {
  test(`what SECURITY.md says of Node ${version}: it obeys --env-file of a script, up to "--"`, {
    skip: missing,
  }, async (t) => {
    const box = new Sandbox(t);
    const told = join(box.folder, 'told');
    const evil = box.file('evil.cjs', `require('fs').writeFileSync(${JSON.stringify(told)}, '')`);
    const file = box.file('app.env', `NODE_OPTIONS=--require=${evil}\n`);
    const obeys = async (...words: string[]) => {
      const ran = await box.run([path, ...words]);
      const isTold = existsSync(told);
      if (isTold) await box.run(['rm', told]);
      return [isTold, ran.status];
    };
    const script = box.file('script.cjs', '');
    assert.deepEqual(await obeys(script, 'start', '--env-file', file), [true, 0]);
    assert.deepEqual(await obeys(script, '--env-file=gone'), [false, 9]);
    assert.deepEqual(await obeys(script, '--', 'start', '--env-file', file), [false, 0]);
    assert.deepEqual(await obeys('--', script, 'start', '--env-file', file), [false, 0]);
    assert.deepEqual(await obeys(script, '--environment-file', file), [false, 0]);
  });
}
