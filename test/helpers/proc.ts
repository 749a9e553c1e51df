import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Lines of /proc/PID/status, by their keys. */
export function statusOf(pid: number): Record<string, string> {
  const lines = readFileSync(`/proc/${pid}/status`, 'latin1').trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  );
}

/** Field of proc_pid_stat(5), numbered from 1 as there. */
export function statField(pid: number, field: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[field - 3] ?? '';
}

/** What each fd of a process is, by number. */
export function fdsOf(pid: number): Record<number, string> {
  const found: Record<number, string> = {};
  for (const name of readdirSync(`/proc/${pid}/fd`)) {
    found[Number(name)] = readlinkSync(`/proc/${pid}/fd/${name}`);
  }
  return found;
}

/** [soft, hard] of a line of /proc/PID/limits, by its name there. */
export function limitOf(pid: number, name: string): [string, string] {
  const line = readFileSync(`/proc/${pid}/limits`, 'latin1')
    .split('\n')
    .find((candidate) => candidate.startsWith(name));
  const [soft = '', hard = ''] = (line ?? '').slice(name.length).trim().split(/\s+/);
  return [soft, hard];
}

export function environmentOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/environ`, 'latin1')
    .split('\0')
    .filter((entry) => entry !== '');
}

/** True once the process runs another program than the one that launched it. */
export function commandOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').slice(0, -1);
}

/** Signal numbers in a mask of /proc/PID/status, which is hexadecimal: bit 0 is signal 1. */
export function signalsIn(mask: string | undefined): number[] {
  const bits = BigInt(`0x${mask}`);
  return Array.from({ length: 64 }, (_, index) => index + 1).filter(
    (signal) => (bits >> BigInt(signal - 1)) & 1n,
  );
}
