import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CLI, isRunning, Sandbox } from '../helpers/sandbox.ts';

const cannotMount = process.getuid?.() !== 0 && 'needs root, to mount';

test('a folder that is missing or read-only is told in words', async (t) => {
  const box = new Sandbox(t);
  const missing = await box.daimon(
    'start',
    '--name',
    'web',
    '--pid-file',
    join(box.folder, 'no/x.pid'),
    'sleep',
    '1000',
  );
  assert.equal(missing.status, 1);
  assert.match(
    missing.stderr,
    /lock of its PID file could not be opened .*no\/x\.pid.*Choose a place/,
  );
  if (cannotMount) return;
  const story = `mount -t tmpfs -o ro none "$1" && shift && exec "$@"`;
  const mount = join(box.folder, 'read-only');
  mkdirSync(mount);
  const ran = await box.run([
    'unshare',
    '--mount',
    'sh',
    '-c',
    story,
    'sh',
    mount,
    process.execPath,
    CLI,
    'start',
    '--name',
    'web',
    '--pid-file',
    join(mount, 'x.pid'),
    'sleep',
    '1000',
  ]);
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /EROFS.*Choose a place you may write to/);
  assert.deepEqual(readdirSync(join(box.home, 'state')), []);
});

test('a full disk: the start fails in words, whatever does not fit, and leaves nothing', {
  skip: cannotMount,
}, async (t) => {
  const box = new Sandbox(t);
  const home = join(box.folder, 'small');
  mkdirSync(home);
  // Pages left: none for the record; or for it but not for the PID file.
  for (const freeKb of [0, 4, 8, 12]) {
    const story = `mount -t tmpfs -o size=256k none "$DAIMON_HOME" && mkdir -m 700 "$DAIMON_HOME"/run "$DAIMON_HOME"/state "$DAIMON_HOME"/logs &&
      dd if=/dev/zero of="$DAIMON_HOME/filler" bs=1k count=$((256 - ${freeKb})) 2>/dev/null; touch "$DAIMON_HOME/a" 
      "$@"; status=$?; ls "$DAIMON_HOME"/run "$DAIMON_HOME"/state; 
      test $status = 0 && "$1" "$2" stop web; exit $status`;
    const ran = await box.run(
      [
        'unshare',
        '--mount',
        'sh',
        '-c',
        story,
        'sh',
        process.execPath,
        CLI,
        'start',
        '--name',
        'web',
        'sleep',
        `400${freeKb}`,
      ],
      { env: { ...box.environment, DAIMON_HOME: home } },
    );
    assert.doesNotMatch(ran.stderr, /bug in daimon/);
    if (ran.status === 0) continue; // there was room for all of it
    assert.match(ran.stderr, /ENOSPC|no space left/i, `${freeKb} kB: ${ran.stderr}`);
    assert.doesNotMatch(ran.stdout, /web/, `${freeKb} kB: ${ran.stdout}`);
  }
});

test('a disk that is full or read-only by now ends no daemon, and keeps none from being stopped', {
  skip: cannotMount,
}, async (t) => {
  const box = new Sandbox(t);
  mkdirSync(join(box.home, 'state'), { recursive: true, mode: 0o700 });
  const library = new URL('../../dist/index.js', import.meta.url).href;
  const script = box.file(
    'says.mjs',
    `import { existsSync } from 'node:fs';
     import { status } from ${JSON.stringify(library)};
     const timer = setInterval(() => {
       if (!existsSync('go')) return;
       clearInterval(timer);
       console.log('said', status('serving'));
       setInterval(() => {}, 1 << 30);
       setTimeout(() => console.log('goes on'), 50);
     }, 5);`,
  );
  const story = `state="$DAIMON_HOME/state" log="$DAIMON_HOME/logs/web.log"
    mount -t tmpfs -o size=64k,nr_inodes=4,mode=700 none "$state" && "$@" start --name web "$0" >&2 || exit 9
    if [ "$how" = full ]; then touch "$state/a" "$state/b" "$state/c" 2>/dev/null; else mount -o remount,ro "$state"; fi
    touch go; while ! grep -q 'goes on' "$log" && [ -e "/proc/$(cat "$DAIMON_HOME/run/web.pid")" ]; do sleep 0.01; done
    "$@" stop web; echo "stop: $?"; cat "$log"; rm -f "$log" go`;
  const stories = { full: /^Stopped web.*\nstop: 0\n/, 'read-only': /^stop: 1\n/ };
  for (const [how, stopped] of Object.entries(stories)) {
    const command = ['unshare', '--mount', 'sh', '-c', story, script, process.execPath, CLI];
    const ran = await box.run(command, { env: { ...box.environment, how } });
    assert.match(ran.stdout, stopped, `${how}: ${ran.stderr}`);
    assert.match(ran.stdout, /\nsaid true\ngoes on\n$/, `${how}: ${ran.stderr}`);
    if (how === 'full') continue;
    assert.match(
      ran.stderr,
      /"web" .*has ended, but its files are left. Cannot change the records in .*state: EROFS/,
    );
    rmSync(join(box.home, 'run', 'web.pid'));
  }
});

test('on a file system that became read-only, every command says so, and what ended is said to have', {
  skip: cannotMount,
}, async (t) => {
  const box = new Sandbox(t);
  for (const name of ['web', 'db']) await box.succeed('start', '--name', name, 'sleep', '1000');
  const pids = [box.pidOf('web'), box.pidOf('db')];
  const story = `mount --bind "$DAIMON_HOME" "$DAIMON_HOME" && mount -o remount,ro,bind "$DAIMON_HOME" || exit 9
    node=$0 cli=$1; daimon() { "$node" "$cli" "$@" 2>&1; echo "= $?"; }
    daimon stop web; daimon restart db; daimon start --name new --log null sleep 1000; daimon delete db; daimon status db`;
  const ran = await box.run(['unshare', '--mount', 'sh', '-c', story, process.execPath, CLI]);
  assert.equal(ran.status, 0, ran.stderr);
  const [stop, restart, start, forget, status] = ran.stdout.split(/^= /m);
  const cannot = `Cannot change the records in ${join(box.home, 'state')}: .*[Rr]ead-only.* DAIMON_HOME=`;
  assert.match(
    stop ?? '',
    new RegExp(`"web" \\(pid ${pids[0]}\\) has ended, but its files are left. ${cannot}`),
  );
  assert.match(
    restart ?? '',
    new RegExp(`^1\ndaimon: db \\(pid ${pids[1]}\\) was stopped, .*\ndaimon: ${cannot}`),
  );
  for (const said of [start, forget]) assert.match(said ?? '', new RegExp(`^1\ndaimon: ${cannot}`));
  assert.match(status ?? '', /^1\ndb is dead/);
  assert.deepEqual(pids.map(isRunning), [false, false]);
  await box.succeed('stop', '--all');
  assert.deepEqual(readdirSync(join(box.home, 'run')), []);
});
