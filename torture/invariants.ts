import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from './random.ts';
import { NAMES } from './victims.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

const DEADLINE_MS = 20_000;
const PAUSE_MS = 20;

/** Waits until nothing contradicts the invariants any more: what was being born or dying takes its time. */
export async function checkInvariants(world: World): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS;
  for (;;) {
    checkAlways(world);
    const faults = [...commandsLeft(world), ...(await faultsOfDaemons(world))];
    if (faults.length === 0) return;
    if (performance.now() > endMs)
      throw new Violation('the daemons and what daimon says of them', faults.join('\n'));
    await sleep(PAUSE_MS);
  }
}

/** What may not even be for an instant. */
function checkAlways(world: World): void {
  const told = world.toldViolations();
  if (told !== '') throw new Violation('at most one daemon per name, no stranger signalled', told);
  const table = world.processes();
  for (const pid of world.strangers) {
    const stranger = table.find((seen) => seen.pid === pid);
    if (stranger === undefined) throw new Violation('no stranger signalled', `${pid} was killed`);
    if ('Tt'.includes(stranger.state))
      throw new Violation('no stranger signalled', `${pid} was stopped`);
  }
}

function commandsLeft(world: World): string[] {
  return world
    .processes()
    .filter(({ words }) => words.some((word) => word.endsWith('/dist/cli.cjs')))
    .map(({ pid, words }) => `a command was left running: ${pid} ${words.join(' ')}`);
}

interface Status {
  readonly name: string;
  readonly pid: number | null;
  readonly state: string;
}

async function faultsOfDaemons(world: World): Promise<string[]> {
  const faults: string[] = [];
  const { stdout } = await world.daimon(['status', '--json', ...NAMES]);
  const statuses = stdout.split(/^(?=\{)/m).map((text) => parse<Status>(text));
  for (const name of NAMES) {
    const status = statuses.find((seen) => seen?.name === name);
    const mark = parse<{ mark: string }>(read(join(world.home, 'state', `${name}.json`)))?.mark;
    const daemons = world.daemonsOf(name).map(({ pid }) => pid);
    const all = world.processesOf(name);
    if (daemons.length > 1) faults.push(`${name}: several daemons: ${daemons}`);
    if ((status?.pid ?? undefined) !== daemons[0])
      faults.push(
        `${name}: status tells pid ${status?.pid} (${status?.state}); there runs: ${daemons}`,
      );
    if (status?.state === 'starting') faults.push(`${name}: starting, and nobody waits for it`);
    const lost = all.filter((seen) => seen.mark !== mark);
    if (lost.length > 0)
      faults.push(
        `${name}: without a record that leads to them: ${JSON.stringify(lost)}; record: ${mark}`,
      );
  }
  return faults;
}

/** What forks and ends without end is hardly ever seen by one look. */
const LOOKS = 10;

/** Nothing of the name is left: what a stop or delete that succeeded promises. */
export function checkGone(world: World, name: string): void {
  const processes = Array.from({ length: LOOKS }, () => world.processesOf(name)).flat();
  const files = ['run', 'state'].flatMap((folder) =>
    filesIn(join(world.home, folder)).filter((file) => file.startsWith(`${name}.`)),
  );
  if (processes.length > 0 || files.length > 0)
    throw new Violation(`nothing of ${name} is left`, JSON.stringify({ processes, files }));
}

/** Whatever has happened, the usual commands bring every name back to work, and then to nothing. */
export async function sweep(world: World): Promise<void> {
  for (const name of NAMES) {
    await world.daimon(['delete', '--force', name]);
    const started = await world.start(name, 'plain', new Random(0));
    if (started.status !== 0) throw new Violation(`${name} can be started again`, started.stderr);
    const stopped = await world.daimon(['stop', name]);
    if (stopped.status !== 0) throw new Violation(`${name} can be stopped again`, stopped.stderr);
    checkGone(world, name);
  }
  const files = ['run', 'state'].flatMap((folder) => filesIn(join(world.home, folder)));
  if (files.length > 0) throw new Violation('no file without owner', files.join(' '));
  await checkInvariants(world);
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function read(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function parse<T>(text: string): T | null {
  try {
    return JSON.parse(text) as T;
  } catch {
    return null;
  }
}
