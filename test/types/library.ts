// Compiled, never run: what the types promise.
import {
  DaemonContext,
  DaemonError,
  type Daemonized,
  Daemonizer,
  daemonize,
  type ErrorCode,
  IGNORE_SIGNAL,
  PidFile,
  type ReceivedSignal,
  type Sent,
  SIGTERM,
  SignalHandler,
  send,
} from '../../src/index.ts';

/** Both ways: neither wider nor narrower. */
type Same<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_yes: Same<A, B>): void {}

export async function daemonizing(port: number, name: string): Promise<void> {
  const [one, x] = await daemonize('a.pid', [1, 'x'] as const);
  same<typeof one, 1>(true);
  same<typeof x, 'x'>(true);

  const [p, n, map] = await daemonize('a.pid', [port, name, new Map<string, Date>()]);
  same<typeof p, number>(true);
  same<typeof n, string>(true);
  same<typeof map, Map<string, Date>>(true);

  const nothing = await daemonize('a.pid');
  same<(typeof nothing)['length'], 0>(true);

  // @ts-expect-error there is no third one
  const [, , third] = await daemonize('a.pid', [1, 2]);
  void third;

  const both = await daemonize('a.pid', [port], { exitParent: false });
  same<typeof both, Daemonized<readonly [number]>>(true);
  if (both.isParent) same<typeof both.args, null>(true);
  else same<typeof both.args, readonly [number]>(true);
  // @ts-expect-error null in the parent
  both.args[0].toFixed();

  // @ts-expect-error an option that is not there
  await daemonize('a.pid', [], { umaks: 0o022 });
  // @ts-expect-error one of two words
  await daemonize('a.pid', [], { ready: 'listening' });
  // @ts-expect-error arguments are an array
  await daemonize('a.pid', 5);

  await using daemonizer = new Daemonizer();
  const { isParent, args } = await daemonizer.daemonize('a.pid', [1n, name]);
  same<typeof isParent, boolean>(true);
  same<typeof args, readonly [1n, string] | null>(true);
  // @ts-expect-error it is told, not set
  daemonizer.isSetup = true;

  const result = await Daemonizer.scope(async () => 'text' as const);
  same<typeof result, 'text'>(true);
}

export async function signalling(): Promise<void> {
  const handler = new SignalHandler('a.pid', {
    sigterm: (signal) => same<typeof signal, ReceivedSignal>(true),
    sighup: IGNORE_SIGNAL,
    'sigrtmin+3': () => {},
  });
  handler.sigusr1 = IGNORE_SIGNAL;
  delete handler.sigusr1;
  // @ts-expect-error an action is no text
  handler.sigusr1 = 'ignore';
  // @ts-expect-error names are written in small letters
  handler.SIGUSR1 = () => {};
  // @ts-expect-error there is no such signal
  new SignalHandler('a.pid', { sigtrem: () => {} });
  same<typeof handler.signal, AbortSignal>(true);

  const sent = await send('a.pid', SIGTERM);
  same<typeof sent, Sent>(true);
  if (sent.kind === 'delivered') same<typeof sent.pid, number>(true);
  if (sent.kind === 'gone') same<typeof sent.pid, null>(true);
  if (sent.kind === 'refused') same<typeof sent.cause, Error>(true);
  await send('a.pid', new SIGTERM());
  await send('a.pid', 15);
  await send('a.pid', 'SIGTERM');
  // @ts-expect-error nothing a signal could be
  await send('a.pid', {});
}

export async function contexts(): Promise<void> {
  const context = new DaemonContext({
    pidfile: new PidFile('a.pid', { acquireTimeoutMs: 500 }),
    signalMap: { SIGHUP: null, SIGTERM: 'terminate', SIGUSR1: (signal) => signal.sender?.pid },
  });
  context.umask = '022';
  const opened = await context.open();
  same<typeof opened, DaemonContext>(true);
  for (const { fd } of context.preserved) same<typeof fd, number>(true);
  // @ts-expect-error there is no such signal
  context.signalMap = { SIGNOPE: null };
  // @ts-expect-error it is told, not set
  context.isOpen = true;
}

export function failing(error: unknown): void {
  if (!(error instanceof DaemonError)) return;
  same<typeof error.code, ErrorCode>(true);
  if (error.code === 'ALREADY_RUNNING') same<typeof error.pid, number | undefined>(true);
  // @ts-expect-error no such code
  if (error.code === 'ALREDY_RUNNING') return;
}
