import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Origin, startedBy } from '../../../src/host/started-by.ts';

const SHELL: Origin = { pid: 70, sid: 60, terminal: 34816, environment: {} };
const SERVICE: Origin = { pid: 50, sid: 50, terminal: 0, environment: {} };

for (const [what, origin, starter] of [
  ['a shell', SHELL, null],
  [
    'a shell of a terminal that systemd started',
    { ...SHELL, environment: { INVOCATION_ID: 'a', SYSTEMD_EXEC_PID: '60' } },
    null,
  ],
  ['cron, which has no terminal', { ...SERVICE, pid: 51 }, null],
  [
    'a service of systemd',
    { ...SERVICE, environment: { INVOCATION_ID: 'a', SYSTEMD_EXEC_PID: '50' } },
    'systemd',
  ],
  [
    'npm start in a service',
    { ...SERVICE, pid: 55, environment: { INVOCATION_ID: 'a', SYSTEMD_EXEC_PID: '50' } },
    'systemd',
  ],
  [
    'a daemon that a service has launched',
    { ...SERVICE, pid: 90, sid: 89, environment: { INVOCATION_ID: 'a', SYSTEMD_EXEC_PID: '50' } },
    null,
  ],
  [
    'a service of systemd before 248',
    { ...SERVICE, environment: { INVOCATION_ID: 'a' } },
    'systemd',
  ],
  [
    'a socket of systemd',
    { ...SERVICE, environment: { LISTEN_FDS: '1', LISTEN_PID: '50' } },
    'socket activation',
  ],
  [
    "a socket of systemd's, inherited",
    { ...SERVICE, pid: 55, environment: { LISTEN_FDS: '1', LISTEN_PID: '50' } },
    null,
  ],
  ['a container', { ...SERVICE, pid: 1, sid: 1 }, 'container'],
] as [string, Origin, string | null][]) {
  test(`startedBy() says ${starter} of ${what}`, () => {
    assert.equal(startedBy(origin), starter);
  });
}
