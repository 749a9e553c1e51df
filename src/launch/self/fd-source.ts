import { fstatSync } from 'node:fs';
import { DaemonError, isErrno } from '../../errors.ts';

/**
 * Anything that stands for an open file: its number, a `FileHandle`, a stream, a socket, a server,
 * or any object with an `fd`.
 */
export type FdSource = number | { readonly fd: number | null } | object;

/**
 * The number behind it.
 * @throws DaemonError INVALID_ARGUMENT when it is no open file, or one that was closed
 */
export function fdOf(source: FdSource, what: string): number {
  const fd = typeof source === 'number' ? source : findFd(source);
  if (typeof fd !== 'number' || !Number.isInteger(fd) || fd < 0) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `${what} has no file descriptor: it is not open yet, or was closed. Wait until it is open (a stream's "open", a server's "listening", a socket's "connect")`,
    );
  }
  try {
    fstatSync(fd);
    return fd;
  } catch (cause) {
    if (!isErrno(cause, 'EBADF')) throw cause;
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `${what} is file descriptor ${fd}, which is not open`,
      {
        errnoName: 'EBADF',
        cause,
      },
    );
  }
}

interface WithHandle {
  readonly fd?: unknown;
  readonly _handle?: { readonly fd?: unknown } | null;
  readonly handle?: { readonly fd?: unknown } | null;
}

function findFd(source: unknown): unknown {
  if (typeof source !== 'object' || source === null) return undefined;
  const { fd } = source as WithHandle;
  if (typeof fd === 'number') return fd;
  // Sockets and servers of node:net keep theirs in the handle; node:dgram's is one step further in.
  const state = Object.getOwnPropertySymbols(source).find(
    ({ description }) => description === 'state symbol',
  );
  if (state === undefined) return (source as WithHandle)._handle?.fd;
  return (source as Record<symbol, WithHandle | undefined>)[state]?.handle?.fd;
}

/** Numbers of all, each once. 0, 1 and 2 are the standard streams, which have options of their own. */
export function keptFdsOf(sources: readonly FdSource[], option: string): number[] {
  if (!Array.isArray(sources))
    throw new DaemonError('INVALID_ARGUMENT', `${option} must be an array`);
  return sources.map((source, index) => {
    const fd = fdOf(source, `${option}[${index}]`);
    if (fd > 2) return fd;
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `${option}[${index}] is file descriptor ${fd}: the standard streams are set by stdin, stdout and stderr`,
    );
  });
}
