import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  findMountPoint,
  findService,
  holdsLock,
  parseEnvironmentNames,
  parseFdInfo,
  parseLimits,
  parseStatus,
} from '../../src/control/check/parse-proc.ts';
import { parseStat } from '../../src/os/proc.ts';
import { holds, textLike } from '../helpers/property.ts';

/** What prctl(PR_SET_NAME) takes: any bytes but zero, at most 15. */
const comm = fc
  .uint8Array({ min: 1, max: 255, maxLength: 15 })
  .map((bytes) => Buffer.from(bytes).toString('latin1'));
const hostile = fc.oneof(comm, fc.constantFrom(') R 1 (', ')', '(', '1 (x) Z 1', 'a\nb) S 7'));

test('parseStat() reads a process right, whatever it calls itself', () => {
  const number = fc.nat();
  holds(
    fc.property(
      hostile,
      number,
      number,
      fc.constantFrom('R', 'S', 'Z', 'T'),
      (name, pid, parent, state) => {
        const rest = Array.from({ length: 49 }, (_, index) => (index === 18 ? 777 : index)).join(
          ' ',
        );
        const facts = parseStat(
          `${pid} (${name}) ${state} ${parent} ${rest.split(' ').slice(1).join(' ')}\n`,
          100,
          'b',
        );
        assert.deepEqual(
          [facts?.ref.pid, facts?.state, facts?.parentPid, facts?.ref.startTime],
          [pid, state, parent, '777'],
        );
        assert.equal(facts?.comm, Buffer.from(name, 'latin1').toString());
      },
    ),
  );
});

test('the parsers of /proc have an answer for every text', () => {
  const text = textLike(
    'Name:\tx\nUmask:\t0022\nUid:\t0\t0\t0\t0\nSigIgn:\t0000000000001000\nSigBlk:\tzz\n',
    'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 unlimited            files     \n',
    'pos:\t0\nflags:\t0102001\nsigmask:\tff\n',
    '22 1 8:1 / /srv\\040x rw - ext4 /dev/sda1 rw\n',
    '0::/system.slice/x.service\n',
    '1: POSIX  ADVISORY  WRITE 42 08:01:77 0 EOF\n',
    'A=1\0=\0B\0',
  );
  holds(
    fc.property(text, text, (one, other) => {
      parseStat(one, 1, 'b');
      parseStatus(one, [other]);
      for (const { soft, hard } of parseLimits(one).values())
        for (const amount of [soft, hard]) assert.ok(amount === null || amount >= 0);
      parseFdInfo(one);
      findService(one);
      holdsLock(one, 42, [77n]);
      for (const name of parseEnvironmentNames(one)) assert.ok(!name.includes('='));
      const point = findMountPoint(one, '/srv/x/file');
      assert.ok(point === null || '/srv/x/file'.startsWith(point));
    }),
  );
});
