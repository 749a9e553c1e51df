// Every part of a DaemonContext: root, user, umask, a preserved file, signals, lock file.
// As root: npx tsx examples/context-tour.ts /srv/tour nobody
import { createWriteStream, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonContext, PidFile, type ReceivedSignal } from 'daimon';

const [, , folder = '/tmp/tour', user] = process.argv;
const root = join(folder, 'root');

class Tour extends DaemonContext {
  reload(signal: ReceivedSignal): void {
    important.write(`${signal.name}: reloaded\n`);
  }
}

const context = new Tour({
  chrootDirectory: user === undefined ? null : root,
  workingDirectory: user === undefined ? root : '/',
  umask: 0o002,
  uid: user ?? null,
  pidfile: new PidFile(join(folder, 'tour.pid'), { acquireTimeoutMs: 1000 }),
  stdout: join(folder, 'tour.log'),
  stderr: join(folder, 'tour.log'),
  signalMap: { SIGTERM: 'terminate', SIGHUP: 'reload', SIGUSR1: () => console.log('collected') },
});

if (context.isSetup) {
  // Once, by the user who called: the daemon could not open it any more.
  mkdirSync(root, { recursive: true });
  context.filesPreserve = [openSync(join(folder, 'important.txt'), 'a')];
}
await context.open();

const important = createWriteStream('', { fd: context.preserved[0]?.fd ?? -1 });
important.write(`in ${process.cwd()} as ${process.getuid?.()}\n`);
setInterval(() => {}, 60_000);
