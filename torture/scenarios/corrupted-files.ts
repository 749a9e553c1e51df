import { existsSync, lstatSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anyCommand, commandOn } from '../commands.ts';
import type { Random } from '../random.ts';
import type { Scenario } from '../scenario.ts';
import { NAMES } from '../victims.ts';
import type { World } from '../world.ts';

/** A record, a PID file or a lock is not what it was: torn, foreign, or made to point at a stranger. */
export const corruptedFiles: Scenario = {
  name: 'corrupted-files',
  weight: 3,
  async run(world, random) {
    const name = random.pick(NAMES);
    // Of a daemon that has closed its lock, the record is all that there is: broken, nobody knows of it.
    await world.daimon(['delete', '--force', name]);
    await world.start(name, 'plain', random);
    const file = random.weighed([
      [`state/${name}.json`, 6],
      [`run/${name}.pid`, 4],
      [`run/${name}.pid.lock`, 2],
    ]);
    const path = join(world.home, file);
    if (!existsSync(path)) return;
    const isRecord = file.startsWith('state');
    const before = readFileSync(path);
    const after = isRecord ? corruptRecord(world, before, random) : corruptPidFile(world, random);
    rmSync(path);
    if (after === 'link') symlinkSync('/etc/passwd', path);
    else writeFileSync(path, after, { mode: random.pick([0o600, 0o644, 0o666]) });
    await commandOn(world, name, random.branch());
    for (let count = random.between(0, 3); count > 0; count--)
      await anyCommand(world, random.branch());
    // Repaired by whoever broke it, unless daimon has done that: without a record, its tree has no name.
    if (isRecord && isStill(path, after)) {
      rmSync(path);
      writeFileSync(path, before, { mode: 0o600 });
    } else if (isStill(path, after)) rmSync(path);
  },
};

type Corrupted = Buffer | 'link';

function isStill(path: string, after: Corrupted): boolean {
  const seen = lstatSync(path, { throwIfNoEntry: false });
  if (seen === undefined || after === 'link') return seen?.isSymbolicLink() ?? false;
  return seen.isFile() && readFileSync(path).equals(after);
}

function strangerOf(world: World): number {
  return world.strangers[0] ?? 1;
}

function corruptPidFile(world: World, random: Random): Corrupted {
  const stranger = strangerOf(world);
  return random.pick([
    'link' as const,
    Buffer.from(''),
    Buffer.from('-1\n'),
    Buffer.from('0\n'),
    Buffer.from(`${stranger}\n`),
    Buffer.from(`${stranger}`),
    Buffer.from(`${2 ** 32 + stranger}\n`),
    Buffer.from('99999999999999999999\n'),
    random.bytes(random.between(1, 100)),
  ]);
}

function corruptRecord(world: World, before: Buffer, random: Random): Corrupted {
  const way = random.between(0, 4);
  if (way === 0) return before.subarray(0, random.between(0, before.length - 1));
  if (way === 1) return random.bytes(random.between(0, 300));
  if (way === 2) {
    const flipped = Buffer.from(before);
    for (let count = random.between(1, 5); count > 0; count--)
      flipped[random.between(0, flipped.length - 1)] = random.between(0, 255);
    return flipped;
  }
  const record = JSON.parse(before.toString()) as Record<string, unknown>;
  if (way === 3) {
    const values: unknown[] = [
      null,
      0,
      -1,
      1e300,
      '',
      'x\u001b[2J',
      [],
      {},
      true,
      [[[]]],
      '../../x',
    ];
    return Buffer.from(JSON.stringify(replaceSome(record, random, values)));
  }
  const ref = { ...(record.ref as object), pid: strangerOf(world) };
  return Buffer.from(JSON.stringify({ ...record, ref }));
}

/** One member, at any depth, is something else. */
function replaceSome(value: unknown, random: Random, values: readonly unknown[]): unknown {
  if (typeof value !== 'object' || value === null || random.chance(0.1)) return random.pick(values);
  const entries = Object.entries(value);
  const chosen = random.between(0, Math.max(0, entries.length - 1));
  const changed = entries.map(([key, member], index) => [
    key,
    index === chosen ? replaceSome(member, random, values) : member,
  ]);
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}
