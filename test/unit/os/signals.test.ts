import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { describe, it } from 'node:test';
import { DaemonError } from '../../../src/errors.ts';
import { parseSignal, signalName, signalNumbers, signalTable } from '../../../src/os/signals.ts';

const LINUX = signalTable({
  SIGHUP: 1,
  SIGINT: 2,
  SIGIOT: 6,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGPOLL: 29,
  SIGIO: 29,
});
// As Node 22 has them there.
const WINDOWS = signalTable({
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 22,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
  SIGBREAK: 21,
  SIGWINCH: 28,
});

describe('parseSignal()', () => {
  const cases: [string | number, number][] = [
    ['TERM', 15],
    ['SIGTERM', 15],
    ['sigterm', 15],
    [' term ', 15],
    [15, 15],
    ['15', 15],
    ['SIGIOT', 6],
    ['ABRT', 6],
    ['RTMIN', 34],
    ['RTMIN+3', 37],
    ['SIGRTMAX', 64],
    ['rtmax-1', 63],
    [34, 34],
    [64, 64],
  ];
  for (const [given, number] of cases) {
    it(`reads ${JSON.stringify(given)} as ${number}`, () => {
      assert.equal(parseSignal(given, LINUX), number);
    });
  }

  const refused: [string | number, RegExp][] = [
    ['TREM', /Did you mean SIGTERM\?/],
    ['SIGHUPP', /Did you mean SIGHUP\?/],
    ['RTMIN+31', /Did you mean SIGRTMIN\?/],
    ['RTMIN-1', /Did you mean SIGRTMIN\?/],
    ['', /Did you mean/],
    [0, /from 1 to 64/],
    [32, /from 1 to 64/],
    [65, /from 1 to 64/],
    [-15, /Did you mean/],
    [1.5, /Did you mean/],
    [Number.NaN, /Did you mean/],
  ];
  for (const [given, message] of refused) {
    it(`refuses ${JSON.stringify(given)} and says what there is`, () => {
      assert.throws(
        () => parseSignal(given, LINUX),
        (error) =>
          error instanceof DaemonError &&
          error.code === 'INVALID_ARGUMENT' &&
          message.test(error.message),
      );
    });
  }

  it('knows no real-time signals where there are none', () => {
    assert.throws(() => parseSignal('RTMIN', WINDOWS), { code: 'INVALID_ARGUMENT' });
    assert.equal(parseSignal('ABRT', WINDOWS), 22);
  });

  it('knows on Windows what can be sent there, and the end by force', () => {
    assert.deepEqual(signalNumbers(WINDOWS), [1, 2, 9, 10, 12, 15, 21, 22]);
    assert.equal(parseSignal('usr2', WINDOWS), 12);
    assert.throws(() => parseSignal('QUIT', WINDOWS), { code: 'INVALID_ARGUMENT' });
  });

  it('agrees with Node on every signal of this platform', () => {
    for (const [name, number] of Object.entries(constants.signals)) {
      assert.equal(parseSignal(name), number);
    }
  });
});

describe('signalName()', () => {
  it('prefers the common name, names real-time signals by their distance from the first', () => {
    const names = [6, 29, 15, 34, 37, 64, 99].map((number) => signalName(number, LINUX));
    assert.deepEqual(names, [
      'SIGABRT',
      'SIGIO',
      'SIGTERM',
      'SIGRTMIN',
      'SIGRTMIN+3',
      'SIGRTMIN+30',
      'signal 99',
    ]);
  });

  it('is undone by parseSignal() for every number', () => {
    for (const number of signalNumbers()) assert.equal(parseSignal(signalName(number)), number);
  });
});
