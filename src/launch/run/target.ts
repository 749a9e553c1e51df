import { deliver } from '../../os/deliver.ts';
import { system } from '../../os/index.ts';
import { native } from '../../os/native.ts';
import type { Delivery, ProcessHandle } from '../../os/system.ts';

/** Whom the signals are passed on to. */
export type Target = (signalNumber: number) => Delivery;

/** The process alone. */
export function processTarget(process: ProcessHandle): Target {
  return (signalNumber) => process.signal(signalNumber);
}

/**
 * The process group of a process: its number stays taken while the process lives, so this is only
 * to be used until it ends.
 */
export function groupTarget(process: ProcessHandle): Target {
  const found = system().readProcess(process.ref.pid)?.pgid ?? 0;
  // Of a process on its way out the kernel tells -1; kill(2) takes -1, 0 and 1 for something else.
  const pgid = found > 1 ? found : process.ref.pid;
  return (signalNumber) => deliver(() => native().kill(-pgid, signalNumber));
}
