// Loaded with --require into the Node programs that daimon starts, where the system itself brings no
// signals (Windows): so that a plain process.on('SIGTERM') is called there, too.

import { isMainThread } from 'node:worker_threads';
import { forgetPreload } from './os/forget-preload.ts';
import { hearSignals } from './os/hear-signals.ts';
import { native, nativePath } from './os/native.ts';

forgetPreload(__filename, require.cache);
try {
  if (isMainThread) hearSignals(native(), nativePath());
} catch (error) {
  // The program is not to suffer from it; `daimon stop` then says that it does not listen.
  process.emitWarning(`daimon cannot bring signals to this program: ${String(error)}`);
}
