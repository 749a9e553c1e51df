import { native } from './native.ts';

/** A name for a process and all that descend from it: 2^60 plus 59 random bits, 19 digits. */
export function newMark(): string {
  return String((1n << 60n) + (native().randomNumber() >> 5n));
}
