import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ReceivedSignal,
  SIGABRT,
  SIGHUP,
  SIGINT,
  SIGTERM,
  signalClass,
  signalNumber,
} from '../../../src/request/received-signal.ts';

describe('ReceivedSignal', () => {
  it('is an error that is worth its number, as a class and as an instance', () => {
    const error = new SIGTERM();
    assert.ok(error instanceof ReceivedSignal && error instanceof Error);
    assert.equal(Number(SIGTERM), 15);
    assert.equal(Number(error), 15);
    assert.equal(error.SIGNUM, 15);
    assert.equal(SIGTERM.SIGNUM, 15);
    assert.equal(`${SIGTERM}`, 'SIGTERM');
    assert.equal(`${error}`, 'SIGTERM: received SIGTERM');
  });

  it('says who sent it, where that is known', () => {
    const error = new SIGHUP(undefined, { pid: 7, uid: 0 });
    assert.equal(error.message, 'received SIGHUP from pid 7');
    assert.deepEqual(error.sender, { pid: 7, uid: 0 });
  });

  it('has -1 for "any signal"', () => {
    assert.equal(Number(ReceivedSignal), -1);
  });
});

describe('signalClass()', () => {
  it('gives the named classes for their signals', () => {
    const given = ['INT', 'SIGTERM', 6, '1'].map((signal) => signalClass(signal));
    assert.deepEqual(given, [SIGINT, SIGTERM, SIGABRT, SIGHUP]);
  });

  it('makes one class for every other signal, always the same', () => {
    const USR2 = signalClass('USR2');
    assert.equal(USR2, signalClass(12));
    assert.equal(new USR2().name, 'SIGUSR2');
    assert.equal(Number(new USR2()), 12);
    assert.notEqual(signalClass('USR1'), USR2);
  });

  it('refuses what is no signal', () => {
    assert.throws(() => signalClass('NOPE'), { code: 'INVALID_ARGUMENT' });
  });
});

describe('signalNumber()', () => {
  it('takes classes, instances, names and numbers', () => {
    assert.deepEqual([SIGTERM, new SIGTERM(), 'TERM', 15].map(signalNumber), [15, 15, 15, 15]);
  });

  it('refuses the base class, which is no one signal', () => {
    assert.throws(() => signalNumber(ReceivedSignal), { code: 'INVALID_ARGUMENT' });
  });
});
