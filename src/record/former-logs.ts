import { closeSync, constants } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { system } from '../os/index.ts';
import { readWhole } from '../os/read-whole.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';
import type { Places } from '../spec/places.ts';
import { openOwnFile } from './own-file.ts';
import { removeIfThere } from './remove-if-there.ts';

/** Where a daemon writes; null: to no file. */
export interface LogPaths {
  readonly stdout: string | null;
  readonly stderr: string | null;
}

const PRIVATE = 0o600;
const MOST_BYTES = 16_384; // two paths, each as long as PATH_MAX

function fileFor(stateFolder: string, name: string): string {
  return join(stateFolder, `${name}.logs`);
}

/**
 * Keeps beyond the end of a daemon, and of its record, where its words are, unless that is its default
 * log: that one is found by its name. The caller holds the records.
 */
export function rememberLogs({ state, logs }: Places, { name, stdout, stderr }: DaemonSpec): void {
  const paths: LogPaths = {
    stdout: stdout.kind === 'file' ? stdout.path : null,
    stderr: stderr.kind === 'file' ? stderr.path : null,
  };
  const known = join(logs, `${name}.log`);
  if (Object.values(paths).every((path) => path === null || path === known))
    forgetLogs(state, name);
  else system().replaceFile(fileFor(state, name), `${JSON.stringify(paths)}\n`, PRIVATE);
}

/** True when there was something to forget. */
export function forgetLogs(stateFolder: string, name: string): boolean {
  return removeIfThere(fileFor(stateFolder, name));
}

/** Where the daemon of this name last wrote; null where only its default log can tell. */
export function readFormerLogs(stateFolder: string, name: string): LogPaths | null {
  const fd = openOwnFile(fileFor(stateFolder, name), constants.O_RDONLY);
  if (fd === null) return null;
  try {
    return parseLogPaths(readWhole(fd, 'utf8'));
  } finally {
    closeSync(fd);
  }
}

/** null for what is torn or foreign. */
export function parseLogPaths(text: string): LogPaths | null {
  if (text.length > MOST_BYTES) return null;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const { stdout, stderr } = value as Partial<Record<keyof LogPaths, unknown>>;
    return isPath(stdout) && isPath(stderr) ? { stdout, stderr } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isPath(value: unknown): value is string | null {
  return (
    value === null || (typeof value === 'string' && isAbsolute(value) && !value.includes('\0'))
  );
}
