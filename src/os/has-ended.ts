import type { ProcessFacts } from './system.ts';

/**
 * A zombie (or a process on its way out) holds its pid, but runs no more. One whose main thread has
 * ended by pthread_exit(3) looks like a zombie too, and runs on in its other threads.
 */
export function hasEnded(facts: ProcessFacts): boolean {
  return 'ZXx'.includes(facts.state) && facts.threads <= 1;
}
