import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type Places, placesFor } from '../../../src/spec/places.ts';

type Kind = Parameters<typeof placesFor>[1];
type Row = readonly [what: string, environment: Record<string, string>, kind: Kind, Places];

const TABLE: readonly Row[] = [
  [
    'root',
    { HOME: '/root' },
    'root',
    { runtime: '/run/daimon', state: '/var/lib/daimon', logs: '/var/log/daimon' },
  ],
  [
    'root, whose XDG_RUNTIME_DIR is emptied at logout',
    { XDG_RUNTIME_DIR: '/run/user/0' },
    'root',
    { runtime: '/run/daimon', state: '/var/lib/daimon', logs: '/var/log/daimon' },
  ],
  [
    'a user',
    { HOME: '/home/u', XDG_RUNTIME_DIR: '/run/user/7', XDG_STATE_HOME: '/s' },
    'xdg',
    { runtime: '/run/user/7/daimon', state: '/s/daimon', logs: '/s/daimon' },
  ],
  [
    'a user without XDG folders',
    { HOME: '/home/u' },
    'xdg',
    {
      runtime: '/home/u/.local/state/daimon/run',
      state: '/home/u/.local/state/daimon',
      logs: '/home/u/.local/state/daimon',
    },
  ],
  [
    'relative XDG folders, which are invalid',
    { HOME: '/home/u', XDG_RUNTIME_DIR: 'run', XDG_STATE_HOME: './state' },
    'xdg',
    {
      runtime: '/home/u/.local/state/daimon/run',
      state: '/home/u/.local/state/daimon',
      logs: '/home/u/.local/state/daimon',
    },
  ],
  [
    'DAIMON_HOME',
    { DAIMON_HOME: '/d' },
    'root',
    { runtime: '/d/run', state: '/d/state', logs: '/d/logs' },
  ],
  [
    'a relative DAIMON_HOME',
    { DAIMON_HOME: 'd' },
    'xdg',
    {
      runtime: join(process.cwd(), 'd/run'),
      state: join(process.cwd(), 'd/state'),
      logs: join(process.cwd(), 'd/logs'),
    },
  ],
  [
    'a user of Windows',
    { LOCALAPPDATA: '/c/Local' },
    'local-app-data',
    {
      runtime: '/c/Local/daimon/run',
      state: '/c/Local/daimon/state',
      logs: '/c/Local/daimon/logs',
    },
  ],
];

describe('placesFor()', () => {
  for (const [what, environment, kind, places] of TABLE) {
    it(`knows the folders of ${what}`, () => {
      assert.deepEqual(placesFor(environment, kind), places);
    });
  }

  it('says what to set when there is neither HOME nor XDG_STATE_HOME', () => {
    assert.throws(() => placesFor({}, 'xdg'), /set DAIMON_HOME/);
  });
});
