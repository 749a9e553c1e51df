import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rounds } from '../helpers/rounds.ts';
import { CLI, Sandbox } from '../helpers/sandbox.ts';

// In a PID namespace of its own the next pid can be chosen: pid_namespaces(7), ns_last_pid.
const OWN_PIDS = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

/** A daemon dies, and a stranger gets its very pid; then a command is run. */
const STORY = `
die() { echo "$*"; exit 1; }
for round in $(seq "$ROUNDS"); do
  "$NODE" "$CLI" start --name web --ready exec sleep 1000 > /dev/null || die "no start"
  pid=$(cat "$DAIMON_HOME/run/web.pid")
  kill -9 "$pid"
  while [ -e "/proc/$pid" ]; do read -t 0.01 _ <> <(:) || true; wait 2> /dev/null; done
  until [ "$stranger" = "$pid" ]; do
    [ -n "$stranger" ] && kill -9 "$stranger" && wait "$stranger" 2> /dev/null
    echo $((pid - 1)) > /proc/sys/kernel/ns_last_pid
    sleep 1000 &
    stranger=$!
  done
  "$NODE" "$CLI" "$@"; echo "status $?"
  kill -0 "$stranger" || die "the stranger was killed"
  grep -q '^State:.*T' "/proc/$stranger/status" && die "the stranger was stopped"
  kill -9 "$stranger"; wait "$stranger" 2> /dev/null
  "$NODE" "$CLI" stop web > /dev/null 2>&1
done
exit 0`;

for (const [command, answer] of [
  [['stop', 'web'], /dead already/],
  [['signal', 'STOP', 'web'], /not running/],
  [['signal', 'KILL', 'web'], /not running/],
  [['reload', '--force', 'web'], /not running/],
  [['wait', 'web'], /not running/],
  [['status', 'web'], /dead/],
  [['restart', 'web'], /formerly dead/],
  [['start', '--name', 'web', 'sleep', '1000'], /Started web/],
  [['delete', '--force', 'web'], /Deleted/],
] as const) {
  test(`a stranger with the pid of a dead daemon is never touched by: ${command.join(' ')}`, {
    skip: process.getuid?.() !== 0 && 'needs root for a PID namespace',
  }, async (t) => {
    const box = new Sandbox(t);
    const env = { ...box.environment, NODE: process.execPath, CLI, ROUNDS: String(rounds(1)) };
    const ran = await box.run([...OWN_PIDS, 'bash', '-c', STORY, 'bash', ...command], { env });
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    assert.match(ran.stdout + ran.stderr, answer);
  });
}
