import assert from 'node:assert/strict';
import { writeSync } from 'node:fs';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { DaemonError, ERROR_CODES } from '../../src/errors.ts';
import { parseNotifyMessage } from '../../src/launch/ready/notify-message.ts';
import { parseReport, ReportReader } from '../../src/launch/ready/report.ts';
import { deserializeArgs, serializeArgs } from '../../src/launch/self/clone-args.ts';
import { parseHandover } from '../../src/launch/self/handover.ts';
import { native } from '../../src/os/native.ts';
import { LONGEST_TIMER_MS } from '../../src/spec/duration.ts';
import { holds, textLike } from '../helpers/property.ts';

test('parseNotifyMessage() gives what a launcher can use, whatever a datagram holds', () => {
  const datagram = textLike(
    'READY=1',
    'STATUS=hello\nREADY=1\n',
    'MAINPID=4021',
    'MAINPID=0',
    'ERRNO=2',
    'EXTEND_TIMEOUT_USEC=99999999999999',
    'ERRNO=999999999999999999999',
  );
  holds(
    fc.property(datagram, (text) => {
      const message = parseNotifyMessage(text);
      assert.ok((message.status?.length ?? 0) <= 1024);
      for (const number of [message.errno, message.mainPid, message.extendTimeoutMs])
        assert.ok(number === null || (Number.isFinite(number) && number >= 0));
      assert.ok(message.mainPid !== 0 && (message.extendTimeoutMs ?? 0) <= LONGEST_TIMER_MS);
    }),
  );
});

const report = fc.oneof(
  fc.constantFrom({ kind: 'returned' }, { kind: 'ready' }, { kind: 'ending' }),
  fc.record({
    kind: fc.constantFrom('status', 'last-words'),
    text: fc.string({ unit: 'grapheme' }),
  }),
  fc.record({
    kind: fc.constant('failed'),
    code: fc.constantFrom(...Object.keys(ERROR_CODES)),
    message: fc.string(),
    facts: fc.constant({ path: '/x' }),
  }),
);

test('ReportReader gives the reports that were written, however the pipe cuts them', () => {
  const cuts = fc.array(fc.nat());
  holds(
    fc.property(fc.array(report), cuts, (reports, at) => {
      const bytes = Buffer.from(reports.map((one) => `${JSON.stringify(one)}\n`).join(''));
      const places = [0, ...at.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b)];
      const { read, write } = native().pipe();
      const reader = new ReportReader(read);
      const taken = [...places, bytes.length].flatMap((place, index) => {
        const piece = bytes.subarray(places[index - 1] ?? 0, place);
        if (piece.length > 0) writeSync(write, piece);
        return reader.take();
      });
      native().closeFd(write);
      assert.deepEqual([...taken, ...reader.take()], JSON.parse(JSON.stringify(reports)));
      assert.equal(reader.ended, true);
      native().closeFd(read);
    }),
  );
});

test('parseReport() passes over what is no report', () => {
  const line = fc.oneof(textLike('{"kind":"status","text":"x"}', '{"kind":"failed"}'), fc.json());
  holds(
    fc.property(line, (text) => {
      const read = parseReport(text);
      if (read?.kind === 'failed') assert.ok(Object.hasOwn(ERROR_CODES, read.code));
      if (read?.kind === 'status' || read?.kind === 'last-words')
        assert.equal(typeof read.text, 'string');
    }),
  );
});

const value = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withObjectString: true,
  withUnicodeString: true,
});

test('arguments come out as they went in', () => {
  holds(
    fc.property(fc.array(value), (args) => {
      // As text: to assert.deepEqual() of Node 20 no invalid date is like another.
      const whole = { depth: null, maxArrayLength: null, maxStringLength: null };
      const came = inspect(deserializeArgs(serializeArgs(args)), whole);
      assert.equal(came, inspect(structuredClone(args), whole));
    }),
  );
});

test('arguments that were changed on the way are other arguments, or a DaemonError', () => {
  const at = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
  holds(
    fc.property(fc.array(value), at, (args, changes) => {
      const bytes = Buffer.from(serializeArgs(args));
      for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
      try {
        assert.ok(Array.isArray(deserializeArgs(bytes)));
      } catch (error) {
        assert.ok(error instanceof DaemonError && error.code === 'NOT_CLONEABLE', String(error));
      }
    }),
  );
});

test('parseHandover() takes nothing that another program has put there', () => {
  const header = {
    reportFd: 12,
    pidFile: '/run/x.pid',
    name: 'x',
    stateFolder: '/var',
    ready: 'auto',
    mutesStderr: true,
    keptFds: [5],
  };
  const whole = `daimon-args 1\n${JSON.stringify(header)}\n`;
  assert.deepEqual(parseHandover(Buffer.from(`${whole}rest`))?.args.toString(), 'rest');
  const content = fc.oneof(
    textLike(whole, 'daimon-args 1\n'),
    fc.json().map((json) => `daimon-args 1\n${json}\n`),
  );
  holds(
    fc.property(content, (text) => {
      const taken = parseHandover(Buffer.from(text));
      if (taken === null) return;
      assert.ok(Number.isInteger(taken.header.reportFd) && taken.header.reportFd > 2);
      assert.match(taken.header.pidFile, /^\//);
    }),
  );
});
