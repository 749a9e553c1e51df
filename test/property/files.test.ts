import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { DaemonError } from '../../src/errors.ts';
import { composeEnvironment } from '../../src/launch/environment.ts';
import { system } from '../../src/os/index.ts';
import { findDaemon, listDaemons } from '../../src/record/find.ts';
import { readPidFile } from '../../src/record/pid-file-state.ts';
import { type DaemonRecord, parseRecord, RECORD_VERSION } from '../../src/record/record.ts';
import { isDaemonSpec } from '../../src/spec/is-daemon-spec.ts';
import { resolveSpec } from '../../src/spec/resolve-spec.ts';
import { holds, holdsOnDisk, textLike } from '../helpers/property.ts';

const folder = mkdtempSync(join(tmpdir(), 'daimon-property-'));
after(() => rmSync(folder, { recursive: true }));
const places = {
  runtime: join(folder, 'run'),
  state: join(folder, 'state'),
  logs: join(folder, 'logs'),
};
for (const place of Object.values(places)) mkdirSync(place, { mode: 0o700 });

const HIGHEST_PID = 2 ** 31 - 1;
const spec = resolveSpec('/srv/web.js', ['--port', '8080'], {}, { cwd: '/srv', places });
const record: DaemonRecord = {
  version: RECORD_VERSION,
  spec,
  ref: { pid: 4021, startTime: '12345', bootId: 'b' },
  mark: '1624970718969466479',
  pidFileId: '1:2:3',
  notifyAddress: '@daimon/x',
  startedAt: '2026-11-21T03:00:00.000Z',
  ready: true,
  awaitedBy: null,
  statusText: 'serving',
  restarts: 3,
  foreground: false,
};
const written = JSON.stringify(record, null, 2);

/** The value with one of its members, at any depth, replaced. */
function withMember(value: unknown, path: readonly number[], put: unknown): unknown {
  const [first, ...rest] = path;
  if (typeof value !== 'object' || value === null || first === undefined) return put;
  const entries = Object.entries(value);
  const at = entries.length === 0 ? 0 : first % entries.length;
  const changed = entries.map(([key, member], index) => [
    key,
    index === at ? withMember(member, rest, put) : member,
  ]);
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}

const anyJson = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(-1, 1e300, '\0', '../../x', HIGHEST_PID + 2),
);
const brokenRecord = fc.oneof(
  textLike(written),
  fc.json(),
  fc
    .tuple(fc.array(fc.nat(), { maxLength: 4 }), anyJson)
    .map(([path, put]) => JSON.stringify(withMember(record, path, put))),
);

test('parseRecord() gives back what was written', () => {
  assert.deepEqual(parseRecord(written), record);
});

test('parseRecord() takes no torn record: each beginning of one is none', () => {
  for (let end = 0; end < written.length; end++)
    assert.equal(parseRecord(written.slice(0, end)), null);
});

test('parseRecord() gives a whole record, or none, whatever the file holds', () => {
  holds(
    fc.property(brokenRecord, (text) => {
      const read = parseRecord(text);
      if (read === null) return;
      assert.ok(isDaemonSpec(read.spec));
      assert.ok(Number.isInteger(read.ref.pid) && read.ref.pid > 0 && read.ref.pid <= HIGHEST_PID);
      assert.deepEqual(parseRecord(JSON.stringify(read)), read);
    }),
  );
});

test('no record and no PID file makes a daemon of a process that is none', () => {
  const [recordFile, pidFile] = [join(places.state, 'web.json'), join(places.runtime, 'web.pid')];
  const stranger = system().readProcess(process.ppid)?.ref ?? system().nobody();
  const refs = fc.constantFrom(stranger, { ...stranger, pid: process.pid }, record.ref);
  const marks = fc.constantFrom(record.mark, '1000000000000000000');
  const pids = fc.oneof(
    textLike(`${process.ppid}\n`, `${process.pid}`, '-1\n'),
    fc.constant('1\n'),
  );
  holdsOnDisk(
    fc.property(
      refs,
      marks,
      pids,
      brokenRecord,
      fc.boolean(),
      (ref, mark, pid, broken, isWhole) => {
        writeFileSync(recordFile, isWhole ? JSON.stringify({ ...record, ref, mark }) : broken, {
          mode: 0o600,
        });
        writeFileSync(pidFile, pid, { mode: 0o644 });
        assert.equal(findDaemon(places, 'web')?.ref ?? null, null);
        assert.equal(findDaemon(places, pidFile)?.ref ?? null, null);
        for (const { ref: found } of listDaemons(places)) assert.equal(found, null);
      },
    ),
  );
});

test('readPidFile() gives a pid that there can be, or none', () => {
  const path = join(folder, 'x.pid');
  const content = fc.oneof(
    textLike('4021\n', '1', '0\n', '-5\n', '1e3\n', '2147483648\n', '9999999999\n', ' 1\n', '٣\n'),
    fc.nat(HIGHEST_PID).map(String),
  );
  holdsOnDisk(
    fc.property(content, (text) => {
      writeFileSync(path, text);
      const pid = readPidFile(path);
      const isOne = /^[1-9]\d*\n?$/.test(text) && Number(text) <= HIGHEST_PID;
      assert.equal(pid, isOne ? Number(text) : null);
    }),
  );
});

test('an environment file gives variables that a process can have, or is refused', () => {
  const path = join(folder, 'app.env');
  const withFile = { ...spec, environment: { ...spec.environment, files: [path] } };
  const content = fc.oneof(
    textLike('A=1\nB="two"\n', "export C='x\ny'", '# D=1', 'E', '=F', '__proto__=1', 'G=\0'),
    fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  holdsOnDisk(
    fc.property(content, (text) => {
      writeFileSync(path, text, 'latin1');
      let environment: Record<string, string>;
      try {
        environment = composeEnvironment(withFile, { HOME: '/root' }, null, null);
      } catch (error) {
        assert.ok(error instanceof DaemonError && error.code === 'INVALID_ARGUMENT', String(error));
        return;
      }
      assert.equal(typeof environment.HOME, 'string');
      for (const [key, value] of Object.entries(environment)) {
        assert.ok(key !== '' && !/[=\0]/.test(key), JSON.stringify(key));
        assert.ok(typeof value === 'string' && !value.includes('\0'), JSON.stringify(value));
      }
    }),
  );
});
