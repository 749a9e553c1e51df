import { release } from 'node:os';

export const PID_MAX = '/proc/sys/kernel/pid_max';
/** From here on each PID namespace has its own; before, it is the whole machine's. pid_namespaces(7) */
const [MAJOR, MINOR] = [6, 14];

export function mayLimitPids(ownMachine: boolean): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return ownMachine || major > MAJOR || (major === MAJOR && minor >= MINOR);
}
