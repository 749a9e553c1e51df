import assert from 'node:assert/strict';
import { posix } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { endingOf } from '../../src/spec/ending.ts';
import { holds } from '../helpers/property.ts';

const part = fc.constantFrom('.', '..', '/', 'a', 'server', 'js', '.js', 'é', ' ');

test('endingOf() is extname() of any path that ends in a name', () => {
  holds(
    fc.property(fc.array(part), (parts) => {
      const path = `${parts.join('')}x`;
      assert.equal(endingOf(path), posix.extname(path));
    }),
  );
  for (const name of ['server.js', '.profile', 'a.b.mjs', 'none', '/a.b/c', 'a.'])
    assert.equal(endingOf(name), posix.extname(name), name);
});
