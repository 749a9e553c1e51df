import { type FSWatcher, watch } from 'node:fs';
import { isErrno } from '../../errors.ts';
import { describeEnd } from '../../launch/explain.ts';
import { system } from '../../os/index.ts';
import type { ProcessRef } from '../../process-ref.ts';
import { findDaemon } from '../../record/find.ts';
import type { Places } from '../../spec/places.ts';

export type LifeEvent =
  | { kind: 'ended'; pid: number; how: string }
  | { kind: 'started'; pid: number };

/**
 * Tells when a daemon ends and when it runs again, for good. `running` is who ran when the caller
 * looked: one that has ended since is told, too. Asleep in its pidfd while it runs, and in inotify(7)
 * on its record while it does not. Resolves when it can no longer tell.
 */
export async function watchLife(
  places: Places,
  name: string,
  running: ProcessRef | null,
  tell: (event: LifeEvent) => void,
): Promise<void> {
  let ref = running;
  for (;;) {
    if (ref !== null) tell({ kind: 'ended', pid: ref.pid, how: await end(ref) });
    ref = await nextRun(places, name);
    if (ref === null) return;
    tell({ kind: 'started', pid: ref.pid });
  }
}

async function end(ref: ProcessRef): Promise<string> {
  const handle = system().openProcess(ref);
  if (handle === null) return describeEnd(null);
  try {
    return describeEnd(await handle.exited());
  } finally {
    handle.close();
  }
}

/** null where the folder of the records cannot be watched. */
function nextRun(places: Places, name: string): Promise<ProcessRef | null> {
  return new Promise((resolve, reject) => {
    let watcher: FSWatcher;
    const look = () => {
      try {
        const ref = findDaemon(places, name)?.ref ?? null;
        if (ref !== null) finish(() => resolve(ref));
      } catch (error) {
        finish(() => reject(error));
      }
    };
    const finish = (tell: () => void) => {
      watcher.close();
      tell();
    };
    try {
      watcher = watch(places.state, look);
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOSPC', 'EMFILE', 'EACCES')) return resolve(null);
      return reject(error);
    }
    watcher.on('error', () => finish(() => resolve(null)));
    look();
  });
}
