// What is tried on a real kernel under a real systemd, one after the other. Run by boot.sh.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

function run(...command) {
  const [file, ...args] = command;
  const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8', timeout: 120_000 });
  return {
    status,
    said: stdout + stderr,
    all: `${command.join(' ')} → ${status}\n${stdout}${stderr}`,
  };
}

function succeed(...command) {
  const ran = run(...command);
  assert.equal(ran.status, 0, ran.all);
  return ran.said;
}

function property(unit, name) {
  return succeed('systemctl', 'show', '--value', '--property', name, unit).trim();
}

/** In a login session of a user's own, with all that PAM does. */
const asAnn = (words) => run('runuser', '--login', 'ann', '-c', words);

async function eventually(what, look) {
  const endMs = performance.now() + 60_000;
  for (;;) {
    const seen = look();
    if (seen === true) return;
    if (performance.now() > endMs) assert.fail(`${what}; seen: ${seen}`);
    await sleep(200);
  }
}

const commandOf = (pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
const isThere = (pid) => existsSync(`/proc/${pid}`);
const pidIn = (file) => Number(readFileSync(file, 'utf8'));

test('the main job: started, shown, checked, reloaded, stopped', () => {
  succeed('daimon', 'start', '--ready', 'listening', '/opt/app/server.mjs');
  assert.match(succeed('daimon', 'status', 'server'), /running/);
  assert.match(run('daimon', 'check', 'server').all, /check server → 0/);
  succeed('daimon', 'reload', 'server');
  assert.match(run('daimon', 'start', '/opt/app/server.mjs').said, /already running/);
  assert.match(succeed('daimon', 'stop', 'server'), /^Stopped server/);
  assert.match(succeed('daimon', 'logs', 'server'), /listening\nreloaded/);
});

test('a daemon outlives its launcher, is adopted by systemd itself, and bears no trace of it', () => {
  succeed('daimon', 'start', '--name', 'adopted', 'sleep', '1000');
  const pid = pidIn('/run/daimon/adopted.pid');
  assert.match(readFileSync(`/proc/${pid}/stat`, 'latin1'), /^\d+ \(sleep\) S 1 /);
  succeed('daimon', 'stop', 'adopted');
  assert.equal(isThere(pid), false);
});

test('Type=notify: daemonize() stays in the process that systemd watches, and READY=1 makes it active', async () => {
  rmSync('/tmp/app.log', { force: true });
  succeed('systemctl', 'start', 'app-notify'); // waits for READY=1
  const pid = Number(property('app-notify', 'MainPID'));
  assert.match(commandOf(pid), /app\.mjs/);
  assert.equal(pidIn('/run/app/app.pid'), pid);
  assert.equal(property('app-notify', 'ActiveState'), 'active');
  await eventually('STATUS', () => property('app-notify', 'StatusText') === 'at work');
  assert.match(readFileSync('/tmp/app.log', 'utf8'), /^the same process/);
  succeed('systemctl', 'stop', 'app-notify');
  assert.equal(property('app-notify', 'Result'), 'success');
  assert.match(readFileSync('/tmp/app.log', 'utf8'), /stopped by received SIGTERM from pid 1/);
  assert.equal(isThere(pid), false);
});

test('Type=notify: a program that systemd kills is restarted with the same PID file', async () => {
  succeed('systemctl', 'start', 'app-notify');
  const pid = Number(property('app-notify', 'MainPID'));
  succeed('systemctl', 'kill', '--signal', 'KILL', 'app-notify');
  await eventually('its end', () => property('app-notify', 'ActiveState') === 'failed');
  succeed('systemctl', 'start', 'app-notify');
  assert.notEqual(pidIn('/run/app/app.pid'), pid);
  succeed('systemctl', 'stop', 'app-notify');
});

test('Type=notify with daimon run: READY=1 when the program listens, a quiet end at systemctl stop', () => {
  succeed('systemctl', 'start', 'app-run');
  assert.equal(property('app-run', 'ActiveState'), 'active');
  assert.match(succeed('daimon', 'status', 'served'), /running/);
  const pid = pidIn('/run/daimon/served.pid');
  succeed('systemctl', 'stop', 'app-run');
  assert.equal(property('app-run', 'Result'), 'success');
  assert.equal(isThere(pid), false);
  assert.equal(run('daimon', 'status', 'served').status, 3);
});

test('Type=forking with daimon start: systemd takes the pid of the PID file, reloads and stops', () => {
  succeed('systemctl', 'start', 'app-forking');
  const pid = pidIn('/run/daimon/forked.pid');
  assert.equal(Number(property('app-forking', 'MainPID')), pid);
  succeed('systemctl', 'reload', 'app-forking');
  succeed('systemctl', 'stop', 'app-forking');
  assert.equal(property('app-forking', 'Result'), 'success');
  assert.equal(isThere(pid), false);
});

test('a daemon that a oneshot unit has started goes with the unit, which owns its cgroup', async () => {
  const wait = ['systemd-run', '--quiet', '--wait', '--unit', 'starter'];
  succeed(...wait, 'daimon', 'start', '--name', 'owned', 'sleep', '1000');
  await eventually('its end', () => run('daimon', 'status', 'owned').status !== 0);
  assert.match(run('daimon', 'status', 'owned').said, /dead|not running/);
  succeed('daimon', 'delete', 'owned');
});

test('a daemon of a login session outlives the logout', async () => {
  const started = asAnn(
    'daimon start --ready listening /opt/app/server.mjs && echo $XDG_RUNTIME_DIR',
  );
  assert.equal(started.status, 0, started.all);
  const [folder = ''] = /\/run\/user\/\d+/.exec(started.said) ?? [];
  const pid = Number(/pid (\d+)/.exec(started.said)?.[1]);
  const [session = ''] =
    /session-\w+(?=\.scope)/.exec(readFileSync(`/proc/${pid}/cgroup`, 'latin1')) ?? [];
  const id = session.replace('session-', '');
  await eventually('the end of the session', () => {
    const state = run('loginctl', 'show-session', '--value', '--property', 'State', id).said.trim();
    return state === 'closing' || state;
  });
  assert.equal(isThere(pid), true);
  // As long as anything of it runs, the session is not over for logind, and its runtime folder stays. Else it goes:
  succeed('systemctl', 'stop', 'user@1000', 'user-runtime-dir@1000');
  assert.equal(existsSync(`${folder}/daimon`), false);
  assert.equal(isThere(pid), true);
});

test('... and without its runtime folder is known at the next login, not started twice, and stopped', () => {
  const shown = asAnn('daimon status --json server');
  const { pid, state } = JSON.parse(shown.said.slice(shown.said.indexOf('{')));
  assert.equal(state, 'running', shown.all);
  const twice = asAnn('daimon start /opt/app/server.mjs');
  assert.match(twice.all, /→ 1\n.*already running/);
  const stopped = asAnn('daimon stop server');
  assert.equal(stopped.status, 0, stopped.all);
  assert.equal(isThere(pid), false);
  const again = asAnn(
    'daimon start /opt/app/server.mjs && daimon restart server && daimon stop server',
  );
  assert.equal(again.status, 0, again.all);
});

test('a daemon that was started by systemd-run --user --scope has a unit of its own', () => {
  const scope =
    'systemd-run --user --scope --quiet --unit daemons daimon start --name scoped sleep 1000';
  const started = asAnn(scope);
  assert.equal(started.status, 0, started.all);
  const pid = Number(/pid (\d+)/.exec(started.said)?.[1]);
  assert.match(readFileSync(`/proc/${pid}/cgroup`, 'latin1'), /daemons\.scope/);
  assert.equal(asAnn('daimon stop scoped').status, 0);
});
