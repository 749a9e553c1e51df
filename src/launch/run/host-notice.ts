import { sendNotifyTo } from '../../host/notify.ts';
import type { DaemonSpec } from '../../spec/daemon-spec.ts';

type Environment = Readonly<Record<string, string | undefined>>;

// The service manager's channel: sd_notify(3). WATCHDOG_PID names us, and without it the interval counts for all.
const CHANNEL = ['NOTIFY_SOCKET', 'WATCHDOG_USEC'];

/**
 * Who speaks to the init that started us. Unless told how the child is ready, we leave it to the
 * child, which then gets the init's socket; else it is us, when the child is ready.
 */
export function handedDown(spec: DaemonSpec, environment: Environment): Record<string, string> {
  if (spec.ready.kind !== 'auto') return {};
  const entries = CHANNEL.map((key) => [key, environment[key]] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Tells the init that we are ready, where that is ours to tell. */
export function noticeReady(spec: DaemonSpec, environment: Environment): void {
  const address = environment.NOTIFY_SOCKET;
  // An init that waits in vain says so itself.
  if (spec.ready.kind !== 'auto' && address) sendNotifyTo(address, 'READY=1');
}
