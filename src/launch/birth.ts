import type { ProcessHandle } from '../os/system.ts';
import { whileRecordsAreOurs } from '../record/record-lock.ts';
import { stopTree } from '../shutdown/stop-tree.ts';
import { tidyFiles } from './claim.ts';
import { type LogMark, removeIfNewAndEmpty } from './log-tail.ts';
import { type Announced, withdraw } from './publish.ts';
import type { ReadyGate } from './ready/gate.ts';

/** A daemon between its launch and its being ready. */
export interface Birth extends Announced {
  readonly gate: ReadyGate;
  readonly daemon: ProcessHandle;
  readonly logs: readonly LogMark[];
}

// A daemon that does not come up has nothing to finish: it gets less than its own grace.
const LONGEST_UNDO_GRACE_MS = 2000;

/** Ends what was launched, and puts the files back as they were. */
export async function undo(birth: Birth): Promise<void> {
  const { spec, daemon, mark, logs } = birth;
  const graceMs = Math.min(spec.graceMs, LONGEST_UNDO_GRACE_MS);
  await stopTree({ root: daemon.ref, mark }, { stopSignal: spec.stopSignal, graceMs });
  await whileRecordsAreOurs(birth.stateFolder, () => {
    withdraw(birth);
    tidyFiles(spec.pidFile, null, daemon.ref.pid, () => logs.forEach(removeIfNewAndEmpty));
  });
}
