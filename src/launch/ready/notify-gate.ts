import { chownSync, closeSync, rmSync } from 'node:fs';
import { getSystemErrorMap } from 'node:util';
import { DaemonError } from '../../errors.ts';
import { system } from '../../os/index.ts';
import { native } from '../../os/native.ts';
import { readProcFile } from '../../os/proc.ts';
import { readableOnce } from '../../os/readable-once.ts';
import type { Awaited, GateListener, ReadyGate } from './gate.ts';
import { type NotifyMessage, parseNotifyMessage } from './notify-message.ts';

/**
 * `notify`: READY=1 of sd_notify(3). On Linux the address is in the abstract namespace, so that a daemon
 * that changed its root or its user reaches it; whoever else writes there is turned away by the
 * credentials that the kernel adds. unix(7), SCM_CREDENTIALS. Elsewhere it is a file to which the same user
 * alone may write.
 */
export function notifyGate(user: string | null): ReadyGate {
  const address = system().newSocketAddress();
  const socket = openNotifySocket(address);
  const owner = user === null || isAbstract(address) ? null : system().lookupUser(user);
  if (owner !== null) chownSync(address, owner.uid, owner.gid);
  return {
    channel: { environment: { NOTIFY_SOCKET: address }, fds: [], nodeArgs: [] },
    notifyAddress: address,
    launched() {},
    async wait(daemon, listener, signal) {
      for await (const message of notifyMessages(socket.fd, daemon, signal)) {
        tell(message, daemon, listener);
        if (message.errno !== null && message.errno > 0)
          throw failure(message.errno, message.status);
        if (message.ready) return;
      }
    },
    close: () => socket.close(),
  };
}

function isAbstract(address: string): boolean {
  return address.startsWith('@');
}

export interface NotifySocket {
  readonly fd: number;
  close(): void;
}

/** Throws EADDRINUSE where another one listens. */
export function openNotifySocket(address: string): NotifySocket {
  const fd = native().bindDatagram(address);
  return {
    fd,
    close() {
      closeSync(fd);
      if (!isAbstract(address)) rmSync(address, { force: true });
    },
  };
}

// The system does not tell who sent a datagram: the permissions of the socket have kept others out.
const UNTOLD = -1;

// Strangers can send faster than we look each of them up: timers and signals get their turn in between.
const AT_A_TIME = 32;

/** Messages of the daemon's own tree, as they come. */
export async function* notifyMessages(
  fd: number,
  daemon: Awaited,
  signal: AbortSignal,
): AsyncGenerator<NotifyMessage> {
  for (;;) {
    await readableOnce(fd, signal);
    for (let count = 0; count < AT_A_TIME; count++) {
      const datagram = native().receiveDatagram(fd);
      if (datagram === null) break;
      if (datagram.pid === UNTOLD || isOfTree(datagram.pid, daemon))
        yield parseNotifyMessage(datagram.data);
    }
  }
}

/**
 * Anybody can read the mark of a process, and put it on one of their own: so who bears it must also
 * be the daemon's user, root, or we.
 */
function isOfTree(pid: number, daemon: Awaited): boolean {
  if (pid === daemon.ref.pid) return true;
  if (daemon.mark === null || pid <= 0 || !system().bearsMark(pid, daemon.mark)) return false;
  const uid = realUidOf(pid);
  return uid !== null && [0, process.geteuid?.(), realUidOf(daemon.ref.pid)].includes(uid);
}

function realUidOf(pid: number): number | null {
  const found = /^Uid:\t(\d+)/m.exec(readProcFile(pid, 'status') ?? '')?.[1];
  return found === undefined ? null : Number(found);
}

function tell(message: NotifyMessage, daemon: Awaited, listener: GateListener): void {
  if (message.status !== null) listener.onStatus(message.status);
  if (message.extendTimeoutMs !== null) listener.onExtend(message.extendTimeoutMs);
  if (message.mainPid === null || !isOfTree(message.mainPid, daemon)) return;
  const facts = system().readProcess(message.mainPid);
  if (facts !== null) listener.onMainProcess(facts.ref);
}

function failure(errno: number, status: string | null): DaemonError {
  const [errnoName, words] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, 'unknown error'];
  const said = status === null ? '' : ` and said: ${status}`;
  return new DaemonError('EXITED_EARLY', `it reported ${errnoName} (${words})${said}`, {
    errno,
    errnoName,
  });
}
