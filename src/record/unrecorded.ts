import { statSync } from 'node:fs';
import { DaemonError } from '../errors.ts';
import { system } from '../os/index.ts';
import { escapeControls } from '../spec/escape.ts';
import type { FoundDaemon } from './find.ts';
import { readPidFile } from './pid-file-state.ts';
import { readRecord } from './record.ts';

// A start time counts in ticks of 10 ms, and what writes a file's time is as coarse.
const CLOCKS_DIFFER_MS = 100;

/**
 * Keeps hands off a daemon that closed its lock and whose record was destroyed: its PID file names a process
 * that bears a mark of daimon's, and is older than the file, so that the pid was not given away since.
 * That suffices to start no second one and to remove nothing; it is too little to signal anybody.
 */
export function refuseUnrecorded(stateFolder: string, found: FoundDaemon): void {
  const { name, record, ref, pidFile } = found;
  if (record !== null || ref !== null) return;
  const pid = readPidFile(pidFile);
  const facts = pid === null ? null : system().readProcess(pid);
  if (pid === null || facts === null || !system().isAlive(facts.ref)) return;
  if (system().readTreeMark(pid) === null) return;
  const writtenMs = statSync(pidFile, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Date.now() - facts.uptimeMs > writtenMs + CLOCKS_DIFFER_MS) return;
  // Another start has launched it since it was looked for: the record is there before the daemon is.
  if (readRecord(stateFolder, name) !== null) return;
  throw new DaemonError(
    'ALREADY_RUNNING',
    `"${name}" seems to run, though its record is gone: ${pidFile} names pid ${pid} (${escapeControls(facts.comm)}), which daimon has started. ` +
      `Look at it with: daimon check ${pid}; where it is the one, end it with: kill ${pid}`,
    { pid, path: pidFile },
  );
}
