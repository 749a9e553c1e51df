import type { FileId } from '../os/file-status.ts';
import { system } from '../os/index.ts';
import type { ProcessRef } from '../process-ref.ts';
import { isoTime } from '../record/iso-time.ts';
import { fileIdOf } from '../record/pid-file-state.ts';
import {
  type DaemonRecord,
  RECORD_VERSION,
  readRecord,
  recordFileId,
  removeRecord,
  writeRecord,
} from '../record/record.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';

/** What a record tells of a launch before its daemon is there. */
export interface Announced {
  readonly spec: DaemonSpec;
  readonly stateFolder: string;
  readonly mark: string | null;
  readonly notifyAddress: string | null;
  readonly restarts: number;
  readonly foreground: boolean;
  /** What the record said before, of an earlier run; null for none. */
  readonly previous: DaemonRecord | null;
}

/** A record as it was written, and which file it is. */
export interface Published {
  readonly record: DaemonRecord;
  readonly recordId: FileId;
}

export function publish(
  announced: Announced,
  ref: ProcessRef,
  ready: boolean,
  statusText: string | null,
): Published {
  return write(announced, { ref, startedAt: isoTime(new Date()), ready, statusText });
}

/**
 * Writes the mark down before anybody bears it: a launcher that is killed at any moment leaves a
 * tree that `stop` and the next start find. No process has this identity.
 */
export function announce(announced: Announced): void {
  const ref = system().nobody();
  write(announced, { ref, startedAt: null, ready: false, statusText: null });
}

type Stage = Pick<DaemonRecord, 'ref' | 'startedAt' | 'ready' | 'statusText'>;

function write(announced: Announced, { ref, startedAt, ready, statusText }: Stage): Published {
  const record: DaemonRecord = {
    version: RECORD_VERSION,
    spec: announced.spec,
    ref,
    mark: announced.mark,
    pidFileId: fileIdOf(announced.spec.pidFile),
    notifyAddress: announced.notifyAddress,
    startedAt,
    ready,
    awaitedBy: ready ? null : (system().readProcess(process.pid)?.ref ?? null),
    statusText,
    restarts: announced.restarts,
    foreground: announced.foreground,
  };
  return { record, recordId: writeRecord(announced.stateFolder, record) };
}

/** null when the record is no longer of this launch: it was stopped, or even started again, meanwhile. */
export function readOurs({ spec, stateFolder, mark }: Announced): DaemonRecord | null {
  const record = readRecord(stateFolder, spec.name);
  return record?.mark === mark ? record : null;
}

/** True when nobody has written the record since. Reading it would take 0.4 ms at the first time. */
export function isUntouched({ spec, stateFolder, recordId }: Announced & Published): boolean {
  return recordFileId(stateFolder, spec.name) === recordId;
}

/** Puts the record back as it was before this launch, unless another launch has written it since. */
export function withdraw(announced: Announced): void {
  if (readOurs(announced) === null) return;
  const { spec, stateFolder, previous } = announced;
  if (previous === null) removeRecord(stateFolder, spec.name);
  else writeRecord(stateFolder, previous);
}
