import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSince } from '../../src/control/logs/since.ts';
import { DaemonError, ERROR_CODES } from '../../src/errors.ts';
import { resources } from '../../src/os/resources.ts';
import { parseSignal, signalName, signalNumbers } from '../../src/os/signals.ts';
import { formatDuration, LONGEST_TIMER_MS, parseDuration } from '../../src/spec/duration.ts';
import { isDaemonSpec } from '../../src/spec/is-daemon-spec.ts';
import { parseLimit } from '../../src/spec/limits.ts';
import { formatReadyMode, parseReadyMode } from '../../src/spec/ready-mode.ts';
import { parseUmask, resolveSpec } from '../../src/spec/resolve-spec.ts';
import { nearestWord } from '../../src/suggest.ts';
import { holds, textLike } from '../helpers/property.ts';

/** A value, or null for a DaemonError with a code of the table; any other error is a fault. */
function orRefused<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    assert.ok(error instanceof DaemonError, String((error as Error).stack));
    assert.ok(Object.hasOwn(ERROR_CODES, error.code));
    return null;
  }
}

test('parseDuration() gives a time that a timer can be set to, or refuses', () => {
  const words = textLike(
    '10s',
    '500ms',
    '1.5m',
    '2h',
    '24d',
    '1e3',
    '0x10',
    '٣s',
    '-1',
    '99999999d',
  );
  holds(
    fc.property(words, (text) => {
      const durationMs = orRefused(() => parseDuration(text, '--grace'));
      if (durationMs === null) return;
      assert.ok(Number.isInteger(durationMs) && durationMs >= 0 && durationMs <= LONGEST_TIMER_MS);
    }),
  );
});

test('parseDuration() reads what formatDuration() writes below a minute, to the digit that it shows', () => {
  holds(
    fc.property(fc.nat(59_999), (durationMs) => {
      const read = parseDuration(formatDuration(durationMs), 'x');
      assert.ok(
        Math.abs(read - durationMs) < (durationMs < 1000 ? 1 : durationMs < 10_000 ? 60 : 1000),
      );
    }),
  );
});

test('formatDuration() has words for every time', () => {
  holds(
    fc.property(fc.double({ min: 0, noNaN: true, max: 1e15 }), (durationMs) => {
      assert.match(formatDuration(durationMs), /^[\d.]+( ms| s|[mhd]( \d+[smh])?)$/);
    }),
  );
});

const amount = fc.option(fc.nat({ max: 2 ** 40 }), { nil: null });

test('parseLimit() reads every limit that can be written, and refuses the rest', () => {
  const names = fc.constantFrom(...resources().keys());
  holds(
    fc.property(names, amount, amount, (resource, a, b) => {
      const [soft, hard] = (a ?? Infinity) <= (b ?? Infinity) ? [a, b] : [b, a];
      const text = `${resource}=${soft ?? 'unlimited'}:${hard ?? 'unlimited'}`;
      assert.deepEqual(parseLimit(text), { resource, soft, hard });
    }),
  );
  holds(
    fc.property(textLike('nofile=1:2', 'as=2G', 'core=-1', '__proto__=1', 'cpu=1kib'), (text) => {
      const limit = orRefused(() => parseLimit(text));
      if (limit !== null) assert.ok(resources().has(limit.resource));
    }),
  );
});

test('parseReadyMode() reads what formatReadyMode() writes', () => {
  const words = textLike(
    'auto',
    'fd:5',
    'tcp:80',
    'tcp:[::1]:80',
    'tcp:host:99',
    'http:8080/up',
    'https://a/b',
    'http:http://x y',
  );
  holds(
    fc.property(words, (text) => {
      const mode = orRefused(() => parseReadyMode(text));
      if (mode !== null) assert.deepEqual(parseReadyMode(formatReadyMode(mode)), mode);
    }),
  );
});

test('parseSignal() and signalName() are each other’s inverse; what is no signal is refused', () => {
  for (const number of signalNumbers()) assert.equal(parseSignal(signalName(number)), number);
  holds(
    fc.property(textLike('SIGTERM', 'rtmin+3', '15', 'RTMAX-9', 'TREM'), (text) => {
      const number = orRefused(() => parseSignal(text));
      if (number !== null) assert.ok(signalNumbers().includes(number));
    }),
  );
});

test('parseUmask() takes octal digits alone', () => {
  holds(
    fc.property(
      fc.oneof(textLike('022', '0o27', '7777', '8'), fc.double(), fc.integer()),
      (given) => {
        const umask = orRefused(() => parseUmask(given));
        if (umask !== null) assert.ok(Number.isInteger(umask) && umask >= 0 && umask <= 0o777);
      },
    ),
  );
});

test('parseSince() gives a time, or refuses', () => {
  const nowMs = Date.parse('2026-11-21T03:00:00Z');
  const words = textLike(
    '10m',
    '@1763632800',
    '10:30',
    'yesterday',
    '2026-11-20T10:00:00.5+01:00',
    '2026-13-99',
  );
  holds(
    fc.property(words, (text) => {
      const timeMs = orRefused(() => parseSince(text, nowMs));
      if (timeMs !== null) assert.ok(Number.isFinite(timeMs), `${text} → ${timeMs}`);
    }),
  );
});

test('nearestWord() suggests what is known, or nothing', () => {
  const known = ['start', 'stop', 'status'];
  holds(
    fc.property(textLike(...known), (word) => {
      const near = nearestWord(word, known);
      assert.ok(near === null || known.includes(near));
    }),
  );
});

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const caller = { cwd: '/srv', places: { runtime: '/run/d', state: '/var/d', logs: '/log' } };

test('resolveSpec() makes a spec that survives being written down, or refuses', () => {
  const path = textLike('/var/x', 'a/../b', 'null', 'inherit', '');
  const timeMs = fc.oneof(fc.nat(), fc.constantFrom(Infinity, 0.5));
  const options = fc.record({
    name: optional(textLike('web', 'a.b@c', '..', '-x')),
    pidFile: optional(path),
    cwd: optional(path),
    umask: optional(fc.oneof(fc.integer(), textLike('022'))),
    user: optional(textLike('www-data', 'a:b', ':')),
    env: optional(fc.dictionary(fc.string(), textLike())),
    envFiles: optional(fc.array(path)),
    stdout: optional(path),
    log: optional(path),
    keepFds: optional(fc.array(fc.integer({ min: -1, max: 2 ** 32 }))),
    nice: optional(fc.integer({ min: -30, max: 30 })),
    oomScoreAdj: optional(fc.double()),
    ready: optional(textLike('notify', 'fd:4', 'tcp:80', 'fd:99999999999')),
    readyTimeoutMs: optional(timeMs),
    graceMs: optional(timeMs),
    interpreter: optional(textLike('/usr/bin/node')),
  });
  holds(
    fc.property(textLike('/srv/server.ts'), fc.array(textLike()), options, (entry, args, given) => {
      const spec = orRefused(() => resolveSpec(entry, args, given, caller));
      if (spec === null) return;
      assert.match(spec.name, /^[A-Za-z0-9_][A-Za-z0-9_.@:+-]*$/);
      assert.ok(isDaemonSpec(JSON.parse(JSON.stringify(spec))), JSON.stringify(spec));
    }),
  );
});
