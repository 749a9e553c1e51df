import { setTimeout as sleep } from 'node:timers/promises';

const DEADLINE_MS = 20_000;
const PAUSE_MS = 10;

/** Waits for a fact under a deadline; what was seen last is told when it never comes. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  isIt: (seen: T) => boolean,
): Promise<T> {
  const endMs = performance.now() + DEADLINE_MS;
  for (;;) {
    const seen = await look();
    if (isIt(seen)) return seen;
    if (performance.now() > endMs)
      throw new Error(`${what} never came; last seen: ${JSON.stringify(seen)}`);
    await sleep(PAUSE_MS);
  }
}
