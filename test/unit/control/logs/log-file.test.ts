import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { inodeId, LogFile } from '../../../../src/control/logs/log-file.ts';
import { mergeLines } from '../../../../src/control/logs/past-lines.ts';
import { findSince } from '../../../../src/control/logs/since.ts';

function open(t: TestContext, content: string): LogFile {
  const folder = mkdtempSync(join(tmpdir(), 'daimon-log-'));
  const path = join(folder, 'x.log');
  writeFileSync(path, content);
  const file = LogFile.open(path);
  assert.ok(file !== null);
  t.after(() => {
    file.close();
    rmSync(folder, { recursive: true });
  });
  return file;
}

const linesOf = (file: LogFile) => [...file.lines(file.sizeBytes)].map(String);

function tailOf(file: LogFile, count: number): string[] {
  file.positionBytes = file.findTail(count, 0, file.sizeBytes);
  return linesOf(file);
}

describe('LogFile', () => {
  const tails: [string, number, string[]][] = [
    ['a\nb\nc\n', 2, ['b', 'c']],
    ['a\nb\nc', 2, ['b', 'c']],
    ['a\nb\nc\n', 3, ['a', 'b', 'c']],
    ['a\nb\nc\n', 9, ['a', 'b', 'c']],
    ['a\n\n\n', 2, ['', '']],
    ['\n', 1, ['']],
    ['a\nb\n', 0, []],
    ['', 5, []],
  ];
  for (const [content, count, expected] of tails) {
    it(`the last ${count} lines of ${JSON.stringify(content)}`, (t) =>
      assert.deepEqual(tailOf(open(t, content), count), expected));
  }

  it('cuts no character at the border of a block, whatever its length', (t) => {
    for (const shift of [0, 1, 2, 3]) {
      const lines = [`${'x'.repeat(65_530 + shift)}🚀ü€`, '…'.repeat(40_000), 'end'];
      const file = open(t, `${lines.join('\n')}\n`);
      assert.deepEqual(linesOf(file), lines);
      assert.deepEqual(tailOf(file, 2), lines.slice(1));
    }
  });

  it('reads of a large file only the tail that is wanted', (t) => {
    const file = open(t, '');
    truncateSync(file.path, 2 ** 30);
    appendFileSync(file.path, '\nlast but one\nlast\n');
    const readBytes = () =>
      Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);
    const before = readBytes();
    assert.deepEqual(tailOf(file, 2), ['last but one', 'last']);
    assert.ok(readBytes() - before < 1_000_000, `read ${readBytes() - before} bytes`);
  });

  it('gives a line without end in pieces, so that memory is bounded', (t) => {
    const file = open(t, 'y'.repeat(3_000_000));
    const pieces = linesOf(file);
    assert.ok(pieces.length > 1);
    assert.equal(pieces.join('').length, 3_000_000);
  });

  it('refuses what is no regular file, and answers null for what is not there', () => {
    assert.throws(() => LogFile.open('/dev/null'), { code: 'REFUSED' });
    assert.throws(() => LogFile.open('/'), { code: 'REFUSED' });
    assert.equal(LogFile.open('/nonexistent/x.log'), null);
  });
});

describe('findSince()', () => {
  const at = (minute: number) => Date.UTC(2026, 10, 20, 0, minute);
  const line = (minute: number) => `${new Date(at(minute)).toISOString()} line ${minute}`;

  it('finds the first line at or after a time among many, stack traces with the line they belong to', (t) => {
    const minutes = Array.from({ length: 20_000 }, (_, minute) => minute);
    const trace = '\n    at one\n    at two';
    const file = open(
      t,
      `${minutes.map((minute) => line(minute) + (minute % 3 ? '' : trace)).join('\n')}\n`,
    );
    for (const minute of [0, 1, 2, 3, 500, 9999, 10_000, 19_998, 19_999]) {
      const found = findSince(file, at(minute), at(30_000));
      assert.equal(found.kind, 'found');
      file.positionBytes = found.kind === 'found' ? found.positionBytes : 0;
      assert.equal(linesOf(file)[0], line(minute));
    }
    assert.deepEqual(findSince(file, at(20_001), at(30_000)), {
      kind: 'found',
      positionBytes: file.sizeBytes,
    });
  });

  it('finds it behind a long stretch without times', (t) => {
    const filler = 'no time here\n'.repeat(300_000);
    const file = open(t, `${line(1)}\n${filler}${line(5)}\n${filler}${line(9)}\n`);
    const found = findSince(file, at(5), at(30));
    file.positionBytes = found.kind === 'found' ? found.positionBytes : 0;
    assert.equal(linesOf(file)[0], line(5));
  });

  it('says when lines do not tell their time', (t) => {
    assert.deepEqual(findSince(open(t, 'a\nb\n'), at(1), at(2)), { kind: 'untimed' });
    assert.deepEqual(findSince(open(t, ''), at(1), at(2)), { kind: 'untimed' });
  });
});

it('mergeLines() orders by the times that lines tell, and keeps the others behind theirs', (t) => {
  const first = open(t, '2026-11-20T10:00:00Z a\n  more a\n2026-11-20T10:00:02Z c\n');
  const second = open(t, 'untimed\n2026-11-20T10:00:01Z b\n');
  const logs = [first, second].map((file, index) => ({
    source: { daemon: String(index), stream: 'both' as const, path: file.path },
    file,
    endBytes: file.sizeBytes,
  }));
  const merged = [...mergeLines(logs, Date.UTC(2026, 10, 21))].map(({ bytes }) =>
    String(bytes).split(' ').at(-1),
  );
  assert.deepEqual(merged, ['untimed', 'a', 'a', 'b', 'c']);
});

describe('inodeId()', () => {
  it('tells files apart whose numbers differ beyond 2^53', () => {
    const [one, other] = [2n ** 53n, 2n ** 53n + 1n].map((ino) => inodeId({ dev: 1n, ino }));
    assert.notEqual(one, other);
  });
});
