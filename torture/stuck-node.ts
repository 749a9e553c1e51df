import { readdirSync } from 'node:fs';
import type { Seen } from './process-table.ts';

/** The main thread, the one of delayed tasks, and four workers of V8. */
const NODES_OWN_THREADS = 6;

/**
 * True of a Node to which the kernel refused one of its first threads: it waits for it without end, before it has read a
 * line of ours. `node -e 0` does the same, under `strace -e inject=mmap:error=ENOMEM:when=33`, or where one
 * to four pids are left. Seen on Node 20.20.
 */
export function isStuckNode({ pid }: Seen): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).length < NODES_OWN_THREADS;
  } catch {
    return false; // ended meanwhile
  }
}
