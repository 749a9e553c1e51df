import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeWindows } from '../../../../src/control/check/rules/windows.ts';
import type { WindowsFacts } from '../../../../src/control/check/windows-facts.ts';

const GOOD: WindowsFacts = {
  self: {
    ref: { pid: 42, startTime: '1', bootId: 'boot 1' },
    parentPid: 0,
    pgid: 0,
    sid: 0,
    terminal: 0,
    comm: 'node.exe',
    state: 'S',
    threads: 1,
    cpuTimeMs: 0,
    memoryBytes: 0,
    uptimeMs: 0,
  },
  heedsStop: true,
  tree: 'own',
  pidFile: { path: 'C:\\web.pid', pid: 42, holder: 42 },
  expected: { keepFds: [], core: false, umask: 0o022 },
};

const TABLE: [string, Partial<WindowsFacts>, string, string][] = [
  ['a session of a user', { self: { ...GOOD.self, sid: 2 } }, 'session', 'remark'],
  ['no job', { tree: 'none' }, 'tree', 'fail'],
  ['a process of somebody else', { tree: 'not known' }, 'tree', 'remark'],
  ['a program that does not listen', { heedsStop: null }, 'signals', 'remark'],
  ['a program that SIGTERM ends', { heedsStop: false }, 'signals', 'pass'],
  ['no PID file', { pidFile: null }, 'pid file', 'remark'],
  ['a lock of nobody', { pidFile: { path: 'x', pid: 42, holder: null } }, 'pid file', 'fail'],
  ['a PID file of another', { pidFile: { path: 'x', pid: 43, holder: 42 } }, 'pid file', 'fail'],
  ['a umask', { expected: { keepFds: [], core: false, umask: 0o077 } }, 'umask', 'remark'],
  ['kept fds', { expected: { keepFds: [5], core: false, umask: 0o022 } }, 'descriptors', 'remark'],
];

test('judgeWindows() finds nothing against a daemon of daimon in a service session', () => {
  assert.deepEqual(
    judgeWindows(GOOD).filter(({ result }) => result !== 'pass'),
    [],
  );
});

for (const [what, changes, check, result] of TABLE) {
  test(`judgeWindows() tells of ${what}`, () => {
    const others = judgeWindows({ ...GOOD, ...changes }).filter((one) => one.result !== 'pass');
    const found = judgeWindows({ ...GOOD, ...changes }).find((one) => one.check === check);
    assert.equal(found?.result, result);
    assert.ok(others.every((one) => one.check === check));
    if (result !== 'pass') assert.ok(found?.remedy);
  });
}
