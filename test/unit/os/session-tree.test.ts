import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isMember, sessionMembers, treeMark } from '../../../src/os/session-tree.ts';
import type { ProcessFacts } from '../../../src/os/system.ts';

/** pid: its session, and who forked it. A process is born as number 1000 and its pid. */
type Table = Record<number, { sid: number; forkedBy: number }>;

function factsOf(pid: number, sid: number): ProcessFacts {
  const ref = { pid, startTime: String(pid), bootId: 'boot' };
  const identity = { ref, parentPid: 1, pgid: pid, sid, comm: 'it', state: 'S' };
  return { ...identity, terminal: 0, threads: 1, cpuTimeMs: 0, memoryBytes: 0, uptimeMs: 0 };
}

/** As macOS tells it: a process that has lost its parent is a child of launchd, and still has its birth. */
function lookAt(table: Table) {
  return {
    listPids: () => Object.keys(table).map(Number),
    readProcess: (pid: number) => {
      const sid = table[pid]?.sid;
      return sid === undefined ? null : factsOf(pid, sid);
    },
    readBirth: (pid: number) => {
      const forker = table[pid]?.forkedBy;
      return forker === undefined ? null : { id: 1000 + pid, parentId: 1000 + forker };
    },
  };
}

const ROOT = { 10: { sid: 9, forkedBy: 9 } };
const LAUNCHD = { 1: { sid: 1, forkedBy: 0 } };
const STRANGER = { 70: { sid: 70, forkedBy: 60 } };

function membersOf(table: Table, mark: string): number[] {
  return sessionMembers(lookAt(table), mark).map(({ ref }) => ref.pid);
}

describe('sessionMembers() where births are told', () => {
  it('finds who left the session, and whom they forked in turn', () => {
    const away = { 11: { sid: 11, forkedBy: 10 }, 12: { sid: 12, forkedBy: 11 } };
    const table = { ...LAUNCHD, ...ROOT, ...away, ...STRANGER };
    const mark = treeMark(lookAt(table), factsOf(10, 9));
    assert.deepEqual(membersOf(table, mark), [10, 11, 12]);
  });

  it('knows them once the root is gone, and those whom a member forked that has ended since', () => {
    const mark = 'session 19 of 1020';
    const before = { 20: { sid: 19, forkedBy: 19 }, 21: { sid: 21, forkedBy: 20 } };
    assert.deepEqual(membersOf(before, mark), [20, 21]);
    const after = { ...LAUNCHD, 22: { sid: 22, forkedBy: 21 }, ...STRANGER };
    assert.deepEqual(membersOf(after, mark), [22]);
    assert.equal(isMember(lookAt(after), 22, mark), true);
    assert.equal(isMember(lookAt(after), 70, mark), false);
  });

  it('does not find whose forker had ended before anybody looked', () => {
    const table = { 30: { sid: 29, forkedBy: 29 }, 32: { sid: 32, forkedBy: 31 } };
    assert.deepEqual(membersOf(table, 'session 29 of 1030'), [30]);
  });

  it('keeps nothing of a tree of which nobody is left', () => {
    const mark = 'session 39 of 1040';
    const forked = { 41: { sid: 41, forkedBy: 40 } };
    assert.deepEqual(membersOf({ 40: { sid: 39, forkedBy: 39 }, ...forked }, mark), [40, 41]);
    assert.deepEqual(membersOf(LAUNCHD, mark), []);
    assert.deepEqual(membersOf({ 42: { sid: 42, forkedBy: 41 } }, mark), []);
  });
});

it('treeMark() is that of the session where no births are told', () => {
  const { readBirth: _none, ...look } = lookAt(ROOT);
  assert.equal(treeMark(look, factsOf(10, 9)), 'session 9');
  assert.deepEqual(sessionMembers(look, 'session 9').length, 1);
});
