import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { CLI, Sandbox } from '../helpers/sandbox.ts';

const HARD = 2000;
const CALLERS = 256;
const START = `"${process.execPath}" "${CLI}" start --name it --ready exec`;
const SLEEP = 'sleep -- 1000';

/** The limits of open files, soft and hard, of what a script has started. */
async function limitsAfter(t: TestContext, script: string): Promise<string[]> {
  const box = new Sandbox(t);
  // The outer shell stays, with the caller's limits, as a person's does.
  const ran = await box.run([
    'sh',
    '-c',
    `ulimit -Sn ${CALLERS}; ulimit -Hn ${HARD}; ${script}; exit $?`,
  ]);
  assert.equal(ran.status, 0, ran.stderr);
  const limits = readFileSync(`/proc/${box.pidOf('it')}/limits`, 'latin1');
  const [, soft = '', hard = ''] = /^Max open files +(\S+) +(\S+)/m.exec(limits) ?? [];
  return [soft, hard];
}

const CALLERS_LIMITS = [String(CALLERS), String(HARD)];

test('a daemon has the limit of open files of its caller, not what Node has raised it to', async (t) => {
  assert.deepEqual(await limitsAfter(t, `${START} ${SLEEP}`), CALLERS_LIMITS);
});

test('a daemon has the limit of open files of its caller through npx, which is a Node with a shell below', async (t) => {
  const npx = `require("child_process").spawnSync("sh", ["-c", process.argv[1] + "; exit $?"], { stdio: "inherit" })`;
  const script = `"${process.execPath}" -e '${npx}' '${START} ${SLEEP}'`;
  assert.deepEqual(await limitsAfter(t, script), CALLERS_LIMITS);
});

test('a daemon keeps a limit of open files that its caller has raised on purpose', async (t) => {
  const script = `sh -c 'ulimit -Sn ${HARD}; ${START} ${SLEEP}; exit $?'`;
  assert.deepEqual(await limitsAfter(t, script), [String(HARD), String(HARD)]);
});

test('--limit nofile is what counts', async (t) => {
  assert.deepEqual(await limitsAfter(t, `${START} --limit nofile=300:400 ${SLEEP}`), [
    '300',
    '400',
  ]);
});
