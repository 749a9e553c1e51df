import { DaemonError } from '../errors.ts';
import { darwin } from './darwin.ts';
import { freebsd } from './freebsd.ts';
import { linux } from './linux.ts';
import type { System } from './system.ts';
import { windows } from './windows.ts';

function pick(): System {
  if (process.platform === 'linux') return linux;
  if (process.platform === 'win32') return windows;
  if (process.platform === 'darwin') return darwin;
  if (process.platform === 'freebsd') return freebsd;
  throw new DaemonError('UNSUPPORTED', `daimon does not run on ${process.platform} yet`);
}

let picked: System | undefined;

/** The operating system's backend. Nothing but this file looks at `process.platform`. */
export function system(): System {
  picked ??= pick();
  return picked;
}
