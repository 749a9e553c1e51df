import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { eventually } from '../helpers/eventually.ts';
import { CLI, Sandbox } from '../helpers/sandbox.ts';

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** A shell on a pseudo-terminal with daimon on its PATH, and keys for it. */
class Keyboard {
  seen = '';
  readonly #box: Sandbox;
  readonly #child;

  constructor(box: Sandbox, shell: string) {
    this.#box = box;
    const bin = join(box.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'daimon'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`, {
      mode: 0o755,
    });
    this.#child = box.spawn(['script', '-qec', shell, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...box.environment, PATH: `${bin}:${box.environment.PATH}`, TERM: 'dumb', PS1: '$ ' },
    });
    this.#child.stdout?.on('data', (data) => {
      this.seen += data;
    });
  }

  async type(keys: string, until: string): Promise<void> {
    const from = this.seen.length;
    this.#child.stdin?.write(keys);
    await eventually(
      `${keys} → ${until}`,
      () => this.seen.slice(from),
      (seen) => seen.includes(until),
    );
  }

  /** Types a command line with Tabs in it, and returns what it has become. */
  async complete(line: string, becomes: string): Promise<void> {
    await this.type(line, becomes);
    // Away with the line: the next begins on an empty one.
    this.#child.stdin?.write('\u0015');
  }

  get folder(): string {
    return this.#box.folder;
  }
}

async function sandboxWithDaemon(t: TestContext): Promise<Sandbox> {
  const box = new Sandbox(t);
  await box.succeed('start', '--name', 'webserver', 'sleep', '--', '1000');
  box.file('my-entry.mjs', '');
  return box;
}

// What is typed, and what the line becomes.
const CASES: [string, string][] = [
  ['daimon comple\t', 'daimon completion '],
  ['daimon stop webs\t', 'daimon stop webserver '],
  ['daimon start my-e\t', 'daimon start my-entry.mjs'],
  ['daimon start --ready-ti\t', 'daimon start --ready-timeout '],
  ['daimon start --ready lis\t', 'daimon start --ready listening '],
  ['daimon start --ready=lis\t', 'daimon start --ready=listening'],
  ['daimon start --user www-d\t', 'daimon start --user www-data'],
  ['daimon signal WINC\t', 'daimon signal WINCH '],
  ['daimon signal WINCH webs\t', 'daimon signal WINCH webserver'],
  ['daimon start --env-file my-e\t', 'daimon start --env-file my-entry.mjs'],
];

test('the Tab key completes in bash', { skip: !has('bash') && 'bash is missing' }, async (t) => {
  const keys = new Keyboard(await sandboxWithDaemon(t), 'bash --norc --noprofile -i');
  await keys.type(
    "bind 'set enable-bracketed-paste off'; source <(daimon completion bash); echo rea''dy\n",
    'ready\r\n',
  );
  for (const [line, becomes] of CASES) await keys.complete(line, becomes);
});

test('the Tab key completes in zsh', { skip: !has('zsh') && 'zsh is missing' }, async (t) => {
  const keys = new Keyboard(await sandboxWithDaemon(t), 'zsh -f -i');
  await keys.type(
    "autoload -U compinit; compinit -D -u; source <(daimon completion zsh); echo rea''dy\n",
    'ready\r\n',
  );
  for (const [line, becomes] of CASES) await keys.complete(line, becomes);
});

test('the Tab key completes in fish', { skip: !has('fish') && 'fish is missing' }, async (t) => {
  const box = await sandboxWithDaemon(t);
  const script = box.file('daimon.fish', await box.succeed('completion', 'fish'));
  const bin = join(box.folder, 'bin');
  mkdirSync(bin);
  box.file('bin/daimon', `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`, 0o755);
  for (const [line, becomes] of CASES) {
    const typed = line.slice(0, -1);
    const { stdout } = await box.run(
      ['fish', '--no-config', '-c', `source ${script}; complete -C '${typed}'`],
      {
        env: { ...box.environment, PATH: `${bin}:${box.environment.PATH}` },
      },
    );
    const word = typed.slice(typed.lastIndexOf(' ') + 1);
    const whole = becomes.trim().slice(becomes.trim().lastIndexOf(' ') + 1);
    const offered = stdout.split('\n').map((one) => one.split('\t')[0]);
    assert.ok(
      offered.includes(whole),
      `${typed}: ${whole} (for ${word}) is not among ${offered.join(' ')}`,
    );
  }
});

test('completion of a shell it does not know says which there are', async (t) => {
  const { status, stderr } = await new Sandbox(t).daimon('completion', 'tcsh');
  assert.deepEqual([status, /knows bash, zsh, fish/.test(stderr)], [2, true]);
});
