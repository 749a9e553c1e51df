import { isErrno } from '../errors.ts';
import { BARE_PLAN } from './bare-plan.ts';
import { limitFor } from './linux-mark.ts';
import { adoptLaunched, launch } from './linux-process.ts';
import { native, nativePath } from './native.ts';
import type { NativeLaunched, NativePlan } from './native-launch.ts';
import type { ProcessHandle } from './system.ts';

const NO_MARK = '-1'; // no limit
// native/linux/watchdog.c: where it finds the pidfd of this process.
const WATCHED_FD = 3;
const SIGKILL = 9;

/**
 * Starts the small process that ends the family when this process is gone without having done so.
 * It is no child of ours, sleeps until then, and goes when we go. null, with a warning, where the
 * system does not let it be executed: the program then runs without.
 */
export function startWatchdog(family: string): ProcessHandle | null {
  const self = native().pidfdOpen(process.pid);
  try {
    return adoptLaunched(launchExecutable((file) => planWatchdog(file, family, self)));
  } catch (error) {
    if (!isErrno(error, 'EACCES', 'EPERM', 'ENOEXEC', 'ENOSYS')) throw error;
    process.emitWarning(
      `stop.spawn() has no watchdog (${error.message}): child processes will outlive this program if it is killed`,
    );
    return null;
  } finally {
    native().closeFd(self);
  }
}

/** After a clean stop, when there is nobody left to watch over. */
export function endWatchdog(watchdog: ProcessHandle): void {
  watchdog.signal(SIGKILL);
  watchdog.close();
}

/** The addon is the program. Where it was unpacked without its executable bit, a copy in memory is. */
function launchExecutable(plan: (file: string) => NativePlan): NativeLaunched {
  try {
    return launch(plan(nativePath()));
  } catch (error) {
    if (!isErrno(error, 'EACCES')) throw error;
    const copy = native().executableCopy(nativePath());
    try {
      return launch(plan(`/proc/${process.pid}/fd/${copy}`));
    } finally {
      native().closeFd(copy);
    }
  }
}

function planWatchdog(file: string, family: string, self: number): NativePlan {
  return {
    ...BARE_PLAN,
    file,
    argv: ['daimon-watchdog', family],
    // Unmarked: it must outlive whoever ends this program by its mark.
    limits: [limitFor(NO_MARK)],
    fds: [[self, WATCHED_FD]],
  };
}
