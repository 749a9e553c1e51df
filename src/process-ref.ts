/**
 * Who a process is. A pid alone is recycled by the kernel; a pid with its start
 * time and the boot it belongs to never is.
 */
export interface ProcessRef {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (clock ticks since boot, in the first time namespace) on Linux; opaque elsewhere. proc(5). */
  readonly startTime: string;
  /** /proc/sys/kernel/random/boot_id on Linux; opaque elsewhere. */
  readonly bootId: string;
}

/** True when both name the same process of the same boot. */
export function isSameProcess(a: ProcessRef, b: ProcessRef): boolean {
  return a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId;
}

/** pid_t is an int: of a greater number the kernel takes the lower bits, which are another's pid. */
export const HIGHEST_PID = 2 ** 31 - 1;
