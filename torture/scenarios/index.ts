import type { Scenario } from '../scenario.ts';
import { changedClock } from './changed-clock.ts';
import { corruptedFiles } from './corrupted-files.ts';
import { failingCall } from './failing-call.ts';
import { fewResources } from './few-resources.ts';
import { fullDisk } from './full-disk.ts';
import { fullPidSpace } from './full-pid-space.ts';
import { killedAtACall } from './killed-at-a-call.ts';
import { killedDaemon } from './killed-daemon.ts';
import { killedLauncher } from './killed-launcher.ts';
import { logFlood } from './log-flood.ts';
import { oneCommand } from './one-command.ts';
import { otherTime } from './other-time.ts';
import { readOnly } from './read-only.ts';
import { recycledPid } from './recycled-pid.ts';
import { setClock } from './set-clock.ts';
import { storm } from './storm.ts';
import { suspended } from './suspended.ts';

export const SCENARIOS: readonly Scenario[] = [
  oneCommand,
  storm,
  killedLauncher,
  killedAtACall,
  killedDaemon,
  failingCall,
  fewResources,
  fullDisk,
  readOnly,
  corruptedFiles,
  recycledPid,
  suspended,
  changedClock,
  setClock,
  otherTime,
  fullPidSpace,
  logFlood,
];
