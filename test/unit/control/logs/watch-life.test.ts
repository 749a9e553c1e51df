import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LifeEvent, watchLife } from '../../../../src/control/logs/watch-life.ts';
import { system } from '../../../../src/os/index.ts';

// The folder of the records is not there: what can no longer be told ends the watch.
const NOWHERE = { runtime: '/nowhere', state: '/nowhere', logs: '/nowhere' };

test('watchLife() tells the end of one that ran at the first look and has ended since', async () => {
  const events: LifeEvent[] = [];
  const gone = system().nobody();
  await watchLife(NOWHERE, 'web', gone, (event) => events.push(event));
  assert.deepEqual(
    events.map(({ kind, pid }) => [kind, pid]),
    [['ended', gone.pid]],
  );
});
