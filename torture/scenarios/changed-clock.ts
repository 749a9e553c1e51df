import { existsSync } from 'node:fs';
import { anyCommand } from '../commands.ts';
import type { Scenario } from '../scenario.ts';

const LIBRARY = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketime.so.1`;

/** The wall clock is days off, or jumps back. What a command tells by the monotonic clock may not care. */
export const changedClock: Scenario = {
  name: 'changed-clock',
  weight: 1,
  lacks: () => (existsSync(LIBRARY) ? null : 'faketime is not installed'),
  async run(world, random) {
    const offset = `${random.pick(['+', '-'])}${random.between(1, 4000)}d`;
    const environment = {
      LD_PRELOAD: LIBRARY,
      FAKETIME: offset,
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    for (let count = random.between(1, 3); count > 0; count--)
      await anyCommand(world, random, { environment });
  },
};
