// Daemoniker's first script: becomes a daemon with arguments, and waits for a signal.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Daemonizer, ReceivedSignal, SignalHandler } from 'daimon';

const folder = process.argv[2] ?? process.cwd();
const pidFile = join(folder, 'example.pid');

const [log, greeting] = await Daemonizer.scope(async (daemonizer) => {
  if (daemonizer.isSetup) console.log('before: in the terminal');
  const { isParent, args } = await daemonizer.daemonize(pidFile, [
    join(folder, 'example.log'),
    new Map([['hello', 'from before']]),
  ] as const);
  if (isParent) console.log('after: the parent, and the daemon is ready');
  return args ?? [];
});

const say = (text: string) => appendFileSync(String(log), `${text}\n`);
say(`hello ${greeting?.get('hello')}`);
const handler = new SignalHandler(pidFile, { sighup: () => say('reload') });
handler.start();
try {
  await sleep(2 ** 31 - 1, undefined, { signal: handler.signal });
} catch (error) {
  // An AbortError, whose cause is the signal.
  const signal = error instanceof Error ? error.cause : error;
  if (!(signal instanceof ReceivedSignal)) throw error;
  say(`ended by ${signal.name}, number ${Number(signal)}`);
}
