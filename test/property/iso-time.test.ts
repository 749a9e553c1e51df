import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isoTime } from '../../src/record/iso-time.ts';
import { holds } from '../helpers/property.ts';

test('isoTime() is toISOString() of any time from the year 0 to 9999', () => {
  const min = new Date('0000-01-01T00:00:00.000Z');
  const max = new Date('9999-12-31T23:59:59.999Z');
  holds(
    fc.property(fc.date({ min, max, noInvalidDate: true }), (date) => {
      assert.equal(isoTime(date), date.toISOString());
    }),
  );
});
