import { spawnSync } from 'node:child_process';

/** What runs a command with a fault injected into the `nth` time that it, or what it forks, makes a system call. */
export function injecting(call: string, fault: string, nth: number): string[] {
  const trace = ['-e', `trace=${call}`, '-e', `inject=${call}:${fault}:when=${nth}`];
  // Let go at execve: the daemon itself is not traced.
  return ['strace', '-f', '-qq', '-o', '/dev/null', '-b', 'execve', ...trace];
}

export function lacksStrace(): string | null {
  return spawnSync('strace', ['-V']).status === 0 ? null : 'strace is not installed';
}
