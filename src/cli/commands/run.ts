import { isErrno } from '../../errors.ts';
import { containerPlaces } from '../../launch/run/container-places.ts';
import type { RunResult } from '../../launch/run/leave.ts';
import { parseRewrites } from '../../launch/run/rewrites.ts';
import { run as runInForeground } from '../../launch/run/run.ts';
import { signalName } from '../../os/signals.ts';
import type { ExitStatus } from '../../os/system.ts';
import type { DaemonSpec } from '../../spec/daemon-spec.ts';
import { formatDuration } from '../../spec/duration.ts';
import { listProcesses } from '../../spec/escape.ts';
import type { Session } from '../command.ts';
import { isSet, textsOf } from '../spec-options.ts';
import { remarkLeftovers, specOf } from './start.ts';

const INIT_PID = 1;
const FAILED_STATUS = 1;
const SIGNAL_STATUS = 128;

export async function run(session: Session): Promise<number> {
  const { args, environment } = session;
  const isContainer = process.pid === INIT_PID && !environment.DAIMON_HOME;
  const places = isContainer ? containerPlaces(session.places) : session.places;
  const spec = specOf(session, 'run', places);
  const result = await runInForeground(
    spec,
    {
      places,
      environment,
      restarts: 0,
      endsAfterStart: false,
      onEvent(event) {
        if (event.kind === 'leftovers-ended') remarkLeftovers(session, spec, event.processes);
      },
    },
    {
      rewrites: parseRewrites(textsOf(args, 'rewrite')),
      toWhom: isSet(args, 'single-child') ? 'process' : 'group',
      onRefused(number, why) {
        const because =
          why === 'refused' ? 'it runs as another user' : 'it does not listen for signals';
        tell(session, `daimon: cannot forward ${signalName(number)} to "${spec.name}": ${because}`);
      },
    },
  );
  if (result.unready instanceof Error) tell(session, `daimon: ${result.unready.message}`);
  remarkRest(session, spec, result);
  return exitStatusOf(result);
}

/** The child's own code; 128 + n for a signal, as shells have it. */
function exitStatusOf({ status, unready }: RunResult): number {
  const code = codeOf(status);
  return unready !== null && code === 0 ? FAILED_STATUS : code;
}

function codeOf(status: ExitStatus | null): number {
  if (status?.signal != null) return SIGNAL_STATUS + status.signal;
  return status?.exitCode ?? FAILED_STATUS;
}

function remarkRest(session: Session, spec: DaemonSpec, { left }: RunResult): void {
  const after = `of "${spec.name}" after ${formatDuration(spec.graceMs)} of grace`;
  if (left.killed.length > 0)
    tell(session, `daimon: had to kill what was left ${after}: ${listProcesses(left.killed)}`);
  if (left.survivors.length > 0)
    tell(session, `daimon: could not end what was left ${after}: ${listProcesses(left.survivors)}`);
}

/** The terminal may be gone by now; the child's code counts more than our words. */
function tell(session: Session, text: string): void {
  try {
    session.remark(text);
  } catch (error) {
    if (!isErrno(error, 'EIO', 'EPIPE', 'ENOSPC')) throw error;
  }
}
