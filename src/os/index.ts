import { DaemonError } from '../errors.ts';
import { linux } from './linux.ts';
import type { System } from './system.ts';
import { windows } from './windows.ts';

function pick(): System {
  if (process.platform === 'linux') return linux;
  if (process.platform === 'win32') return windows;
  throw new DaemonError('UNSUPPORTED', `daimon does not run on ${process.platform} yet`);
}

let picked: System | undefined;

/** The operating system's backend. Nothing but this file looks at `process.platform`. */
export function system(): System {
  picked ??= pick();
  return picked;
}
