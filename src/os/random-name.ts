import { native } from './native.ts';

/** 128 random bits as 32 digits; node:crypto costs 2 ms to load. */
export function randomName(): string {
  const half = () => native().randomNumber().toString(16).padStart(16, '0');
  return half() + half();
}
