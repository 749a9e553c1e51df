import { isErrno } from '../../errors.ts';
import { native } from '../../os/native.ts';
import { readableOnce } from '../../os/readable-once.ts';
import { pickPrivateFds } from '../fd-numbers.ts';
import { writeOrders } from '../handover.ts';
import type { Channel } from '../plan.ts';
import { preloadPath } from '../preload-path.ts';
import type { ReadyGate } from './gate.ts';
import { never } from './never.ts';

/** `loaded`, `listening`, and `ipc` where Node runs the entry: watched from inside, by a module loaded first. */
export function preloadGate(
  when: 'loaded' | 'listening' | 'sent',
  keptFds: readonly number[],
): ReadyGate {
  const [ordersFd = 0, reportFd = 0] = pickPrivateFds(keptFds, 2);
  const pipe = native().pipe();
  const orders = writeOrders(when, reportFd);
  return pipeGate(pipe, [orders], {
    environment: {},
    fds: [
      [orders, ordersFd],
      [pipe.write, reportFd],
    ],
    nodeArgs: ['--require', preloadPath()],
  });
}

/** `fd:N`: a newline on that fd, as s6's notification-fd. */
export function fdGate(fd: number): ReadyGate {
  const pipe = native().pipe();
  return pipeGate(pipe, [], { environment: {}, fds: [[pipe.write, fd]], nodeArgs: [] });
}

function pipeGate(
  pipe: { read: number; write: number },
  others: number[],
  channel: Channel,
): ReadyGate {
  return {
    channel,
    notifyAddress: null,
    launched() {
      for (const fd of [pipe.write, ...others]) native().closeFd(fd);
    },
    waitSync(timeoutMs) {
      return (
        native().pollReadable([pipe.read], timeoutMs) === 0 && readNewline(pipe.read) === 'found'
      );
    },
    async wait(_daemon, _listener, signal) {
      // End of file without a newline: closed unready. What follows is the daemon's end, or the deadline.
      if (!(await newlineArrives(pipe.read, signal))) await never(signal);
    },
    close: () => native().closeFd(pipe.read),
  };
}

const READ_BYTES = 4096;

async function newlineArrives(fd: number, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    await readableOnce(fd, signal);
    const newline = readNewline(fd);
    if (newline !== 'not yet') return newline === 'found';
  }
}

function readNewline(fd: number): 'found' | 'not yet' | 'closed' {
  try {
    const got = native().readFd(fd, READ_BYTES, -1);
    if (got.length === 0) return 'closed';
    return got.toString('latin1').includes('\n') ? 'found' : 'not yet'; // its own includes() takes 0.2 ms at first
  } catch (error) {
    if (!isErrno(error, 'EAGAIN')) throw error;
    return 'not yet';
  }
}
