import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLogPaths } from '../../../src/record/former-logs.ts';

test('parseLogPaths() takes absolute paths or null, and nothing else', () => {
  const paths = { stdout: '/var/log/out.log', stderr: null };
  assert.deepEqual(parseLogPaths(JSON.stringify(paths)), paths);
  for (const text of [
    '',
    '{"stdout":"/a"',
    'null',
    '[]',
    '{}',
    '{"stdout":"relative","stderr":null}',
    '{"stdout":"/a\\u0000b","stderr":null}',
    '{"stdout":7,"stderr":null}',
    JSON.stringify({ stdout: `/${'a'.repeat(20_000)}`, stderr: null }),
  ])
    assert.equal(parseLogPaths(text), null, text.slice(0, 60));
});
