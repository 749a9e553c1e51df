import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, folder, nowMs } from '../lib/processes.ts';

export interface RanCommand {
  /** null: it was still running after the limit, and was ended. */
  readonly status: number | null;
  readonly output: string;
  readonly returnedMs: number;
}

// Some peers wait for ever for what has gone.
const LIMIT_MS = 30_000;
let count = 0;

/** Runs a command to its end, whatever its status. Its output goes to a file: daemons keep pipes open. */
export async function runCommand(command: readonly string[]): Promise<RanCommand> {
  const [file = '', ...args] = command;
  const path = join(folder, `output-${++count}`);
  const fd = openSync(path, 'w');
  const stdio = ['ignore', fd, fd] as const;
  const child = spawn(file, args, { env: environment, stdio: [...stdio], cwd: folder });
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });
  const returnedMs = nowMs();
  clearTimeout(limit);
  closeSync(fd);
  return { status, output: readFileSync(path, 'utf8'), returnedMs };
}

export function describeStatus({ status }: RanCommand): string {
  return status === null ? `no end within ${LIMIT_MS / 1000} s` : `exit status ${status}`;
}
