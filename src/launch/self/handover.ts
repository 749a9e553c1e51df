import { isAbsolute } from 'node:path';
import { system } from '../../os/index.ts';
import { native } from '../../os/native.ts';
import { HIGHEST_FD } from '../../spec/ready-mode.ts';

// What a program hands to itself as a daemon: an unnamed file, sealed against changes, that is found
// by its first bytes. So neither the environment nor the arguments carry a marker that children of
// the daemon would inherit.
// It has the lowest number from FIRST_FD on that no kept fd has, so all below it are open.
const MAGIC = 'daimon-args 1\n';
const FIRST_FD = 11;

/** What goes with the arguments. */
export interface HandoverHeader {
  /** Number of the pipe in which the daemon tells how it comes up. */
  readonly reportFd: number;
  readonly pidFile: string;
  readonly name: string;
  /** Where its record is. */
  readonly stateFolder: string;
  /** `auto`: ready soon after its call has returned. `notify`: when it calls ready(). */
  readonly ready: 'auto' | 'notify';
  /** Standard error goes to the launcher until the call is reached, then to /dev/null. */
  readonly mutesStderr: boolean;
  /** Numbers of the kept fds, as they were given. */
  readonly keptFds: readonly number[];
}

/** Returns the fd of the handover, CLOEXEC. */
export function writeHandover(header: HandoverHeader, args: Uint8Array): number {
  const head = Buffer.from(`${MAGIC}${JSON.stringify(header)}\n`, 'utf8');
  return native().sealedMemory('daimon', Buffer.concat([head, args]));
}

export interface Handover {
  readonly header: HandoverHeader;
  readonly args: Uint8Array;
}

/** Takes what was handed to this process, which can be done once; null when nothing was. */
export function takeHandover(): Handover | null {
  const content = system().takeFile(FIRST_FD, MAGIC);
  return content === null ? null : parseHandover(content);
}

/** null for what another program has put there: it is not for us. */
export function parseHandover(content: Buffer): Handover | null {
  const end = content.indexOf('\n', MAGIC.length);
  if (end < 0 || content.toString('latin1', 0, MAGIC.length) !== MAGIC) return null;
  let header: unknown;
  try {
    header = JSON.parse(content.toString('utf8', MAGIC.length, end));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  return isHeader(header) ? { header, args: content.subarray(end + 1) } : null;
}

function isHeader(value: unknown): value is HandoverHeader {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Partial<Record<keyof HandoverHeader, unknown>>;
  const isFd = (fd: unknown) => Number.isInteger(fd) && Number(fd) > 2 && Number(fd) <= HIGHEST_FD;
  return (
    isFd(given.reportFd) &&
    [given.pidFile, given.stateFolder].every(
      (path) => typeof path === 'string' && isAbsolute(path) && !path.includes('\0'),
    ) &&
    typeof given.name === 'string' &&
    (given.ready === 'auto' || given.ready === 'notify') &&
    typeof given.mutesStderr === 'boolean' &&
    Array.isArray(given.keptFds) &&
    given.keptFds.every(isFd)
  );
}
