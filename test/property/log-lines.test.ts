import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { FollowedLog } from '../../src/control/logs/follow.ts';
import { lineTime } from '../../src/control/logs/line-time.ts';
import { LineSplitter, LogFile } from '../../src/control/logs/log-file.ts';
import { findSince } from '../../src/control/logs/since.ts';
import { holds, holdsOnDisk, textLike } from '../helpers/property.ts';

const folder = mkdtempSync(join(tmpdir(), 'daimon-property-'));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'x.log');
const nowMs = Date.parse('2026-11-21T03:00:00Z');

const bytes = fc
  .array(
    fc.oneof({ weight: 1, arbitrary: fc.constant(0x0a) }, { weight: 4, arbitrary: fc.nat(255) }),
  )
  .map((list) => Buffer.from(list));
const lineBytes = fc
  .array(fc.nat(255).filter((byte) => byte !== 0x0a))
  .map((list) => Buffer.from(list));

/** Lines as everyone means them: latin1 has a character for each byte. */
function linesOf(content: Buffer): string[] {
  const lines = content.toString('latin1').split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

test('LineSplitter gives the same lines, however the blocks are cut', () => {
  holds(
    fc.property(fc.array(bytes), (blocks) => {
      const splitter = new LineSplitter();
      const lines = [...blocks.flatMap((block) => [...splitter.push(block)]), ...splitter.flush()];
      assert.deepEqual(
        lines.map((line) => line.toString('latin1')),
        linesOf(Buffer.concat(blocks)),
      );
    }),
  );
});

test('LogFile.findTail() finds the last lines of any bytes', () => {
  holdsOnDisk(
    fc.property(bytes, fc.nat(20), (content, count) => {
      writeFileSync(path, content);
      const file = LogFile.open(path);
      assert.ok(file !== null);
      file.positionBytes = file.findTail(count, 0, file.sizeBytes);
      const tail = [...file.lines(file.sizeBytes)].map((line) => line.toString('latin1'));
      file.close();
      assert.deepEqual(tail, count === 0 ? [] : linesOf(content).slice(-count));
    }),
  );
});

test('findSince() gives a place at the beginning of a line', () => {
  const line = textLike('2026-11-20T10:00:00Z x', 'Nov 20 10:00:00 x', '{"time":1763632800}', '');
  holdsOnDisk(
    fc.property(fc.array(line), fc.nat(2 * nowMs), (lines, sinceMs) => {
      const content = Buffer.from(lines.map((one) => `${one}\n`).join(''));
      writeFileSync(path, content);
      const file = LogFile.open(path);
      assert.ok(file !== null);
      const since = findSince(file, sinceMs, nowMs);
      file.close();
      if (since.kind === 'untimed' || since.positionBytes === 0) return;
      assert.equal(content[since.positionBytes - 1], 0x0a);
    }),
  );
});

test('lineTime() gives a time that there is, or none', () => {
  const line = textLike(
    '2026-11-20T10:00:00.123+01:00 x',
    'Nov 20 10:00:00 x',
    '{"ts":"2026-11-20 10:00","a":1}',
    '1.2.3.4 - - [20/Nov/2026:10:00:00 +0000] "GET /"',
    '20 Nov 2026 10:00:00',
    '[1763632800.5] x',
    '{"time":"{"time":"',
  );
  holds(
    fc.property(line, (text) => {
      const timeMs = lineTime(text, nowMs);
      assert.ok(timeMs === null || Number.isFinite(timeMs), `${text} → ${timeMs}`);
    }),
  );
});

type Deed =
  | { kind: 'write'; line: Buffer }
  | { kind: 'rotate' }
  | { kind: 'truncate' }
  | { kind: 'look' };

/** What may happen to a log. Lines that were not looked at before a truncation are lost, as everywhere. */
const deeds = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: lineBytes.map((line): Deed => ({ kind: 'write', line })) },
    { weight: 3, arbitrary: fc.constant<Deed>({ kind: 'look' }) },
    { weight: 2, arbitrary: fc.constant<Deed>({ kind: 'rotate' }) },
    { weight: 1, arbitrary: fc.constant<Deed>({ kind: 'truncate' }) },
  ),
  { maxLength: 40 },
);

test('a followed log gives each line once and in order, through rotations and truncations', () => {
  holdsOnDisk(
    fc.property(deeds, (story) => {
      const place = mkdtempSync(join(folder, 'f-'));
      const log = join(place, 'app.log');
      writeFileSync(log, '');
      const [seen, written]: [string[], string[]] = [[], []];
      const source = { daemon: 'app', stream: 'both', path: log } as const;
      const followed = new FollowedLog(source, LogFile.open(log), {
        line: ({ bytes: line }) => seen.push(line.toString('latin1')),
        event() {},
        drained() {},
        failed(error) {
          throw error;
        },
      });
      followed.start();
      let rotations = 0;
      try {
        for (const deed of story) {
          if (deed.kind === 'write') {
            appendFileSync(log, Buffer.concat([deed.line, Buffer.from('\n')]));
            written.push(deed.line.toString('latin1'));
          }
          if (deed.kind === 'look' || deed.kind === 'truncate') followed.drainAll();
          if (deed.kind === 'truncate') {
            truncateSync(log);
            followed.drainAll();
          }
          if (deed.kind === 'rotate') {
            for (let number = rotations++; number > 0; number--)
              renameSync(`${log}.${number}`, `${log}.${number + 1}`);
            renameSync(log, `${log}.1`);
            writeFileSync(log, '');
          }
        }
        followed.drainAll();
        assert.deepEqual(seen, written);
      } finally {
        followed.close();
        rmSync(place, { recursive: true });
      }
    }),
  );
});
