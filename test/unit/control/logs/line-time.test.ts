import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { lineTime } from '../../../../src/control/logs/line-time.ts';
import { parseSince } from '../../../../src/control/logs/since.ts';

const NOW = new Date(2026, 10, 21, 12, 0, 0).getTime();
const local = (...fields: [number, number, number, number, number, number?, number?]) =>
  new Date(...fields).getTime();

describe('lineTime()', () => {
  const cases: [string, number | null][] = [
    ['2026-11-20T10:00:00.250Z up', Date.UTC(2026, 10, 20, 10, 0, 0, 250)],
    ['2026-11-20T10:00:00+01:00 up', Date.UTC(2026, 10, 20, 9)],
    ['2026-11-20T10:00:00-0530 up', Date.UTC(2026, 10, 20, 15, 30)],
    ['[2026-11-20 10:00:01,5] INFO up', local(2026, 10, 20, 10, 0, 1, 500)],
    ['INFO [main] 2026-11-20 10:00 up', local(2026, 10, 20, 10, 0)],
    ['2026/11/20 10:00:00 [error] 12#0: nginx', local(2026, 10, 20, 10, 0)],
    ['::1 - bob [20/Nov/2026:10:00:00 +0100] "GET /"', Date.UTC(2026, 10, 20, 9)],
    ['812:M 20 Nov 2026 10:00:00.123 * redis', local(2026, 10, 20, 10, 0, 0, 123)],
    ['Nov 20 10:00:00 host sshd[1]: up', local(2026, 10, 20, 10, 0)],
    ['Dec  1 10:00:00 host sshd[1]: last year', local(2025, 11, 1, 10, 0)],
    ['1795168800.5 up', 1795168800500],
    ['{"level":30,"time":1795168800123,"msg":"pino"}', 1795168800123],
    ['{"ts":1795168800.5,"msg":"zap"}', 1795168800500],
    ['{"timestamp":"2026-11-20T10:00:00Z"}', Date.UTC(2026, 10, 20, 10)],
    ['{"msg":"at 2026-11-20T10:00:00Z"}', null],
    ['    at Object.<anonymous> (/app/2026/x.js:1:1)', null],
    ['2026-13-40 10:00:00 no such day', null],
    ['tick', null],
    ['', null],
  ];
  for (const [line, time] of cases)
    it(JSON.stringify(line), () => assert.equal(lineTime(line, NOW), time));
});

describe('parseSince()', () => {
  const cases: [string, number][] = [
    ['10m', NOW - 600_000],
    ['1.5h', NOW - 5_400_000],
    ['2d ago', NOW - 172_800_000],
    ['-30s', NOW - 30_000],
    ['10:30', local(2026, 10, 21, 10, 30)],
    ['today', local(2026, 10, 21, 0, 0)],
    ['yesterday', local(2026, 10, 20, 0, 0)],
    ['2026-11-20', local(2026, 10, 20, 0, 0)],
    ['2026-11-20T10:00', local(2026, 10, 20, 10, 0)],
    ['2026-11-20 10:00:30', local(2026, 10, 20, 10, 0, 30)],
    ['2026-11-20T10:00Z', Date.UTC(2026, 10, 20, 10)],
    ['@1795168800', 1795168800000],
  ];
  for (const [text, time] of cases) it(text, () => assert.equal(parseSince(text, NOW), time));

  for (const text of ['', 'soon', '10', '25:00', '2026-13-01', '10x'])
    it(`refuses ${JSON.stringify(text)}`, () =>
      assert.throws(() => parseSince(text, NOW), { code: 'INVALID_ARGUMENT' }));
});
