import { system } from '../os/index.ts';

// Written by writeSync(2) on the fd: making process.stdout costs 2 to 4 ms at every start.

const MEMORY_DEVICES = 1; // major number of /dev/null and its kin, which are no terminals

export function writeText(fd: 1 | 2, text: string): void {
  system().writeText(fd, text);
}

export function isTerminal(fd: 1 | 2): boolean {
  const status = system().fstat(fd);
  if (status?.kind !== 'character-device' || status.rdev >> 8 === MEMORY_DEVICES) return false;
  return (fd === 1 ? process.stdout : process.stderr).isTTY === true;
}
