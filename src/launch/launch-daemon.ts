import { dirname } from 'node:path';
import { system } from '../os/index.ts';
import type { NativePlan } from '../os/native-launch.ts';
import { ownFile } from '../os/own-files.ts';
import type { LaunchPlan, ProcessHandle } from '../os/system.ts';
import { rememberLogs } from '../record/former-logs.ts';
import { readRecord } from '../record/record.ts';
import { whileRecordsAreOurs } from '../record/record-lock.ts';
import type { KilledProcess } from '../shutdown/stop-tree.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';
import type { Places } from '../spec/places.ts';
import { type Birth, undo } from './birth.ts';
import {
  checkClaim,
  checkFree,
  endLeftovers,
  makeFolder,
  makeFolders,
  tidyFiles,
} from './claim.ts';
import { resolveCredentials } from './credentials.ts';
import { composeEnvironment } from './environment.ts';
import { explainStep, isStepFailure } from './explain.ts';
import { type LogMark, markLogs, removeIfNewAndEmpty } from './log-tail.ts';
import { planLaunch, type Resolved, type Tie } from './plan.ts';
import { preloadPath } from './preload-path.ts';
import { type Announced, announce, type Published, publish, withdraw } from './publish.ts';
import { isReachable } from './reachable.ts';
import { chooseGate } from './ready/choose-gate.ts';
import type { ReadyGate } from './ready/gate.ts';
import { type Command, resolveCommand } from './resolve-command.ts';
import { streamOpenings } from './stream-openings.ts';
import { checkSupported } from './supported.ts';

/** What a start tells while it goes on. */
export type StartEvent =
  | { kind: 'leftovers-ended'; processes: readonly KilledProcess[] }
  /** Next there is a daemon: what is to interrupt the wait for it must be heard from now on. */
  | { kind: 'launching' }
  | { kind: 'launched'; pid: number }
  | { kind: 'status'; text: string };

export interface StartContext {
  readonly places: Places;
  /** What the daemon inherits, unless its spec says otherwise; never written to disk. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How often this daemon was started again so far. */
  readonly restarts: number;
  /**
   * The calling process ends when the start is done. Where only its parent learns how a process
   * ended, it then stands in as the parent until the daemon is ready.
   */
  readonly endsAfterStart: boolean;
  /** How long the thread may be blocked for the daemon to be ready, before the event loop waits on; default 0. */
  readonly blockingMs?: number;
  readonly onEvent?: (event: StartEvent) => void;
  /** Aborted: the daemon that is not ready yet is ended, and the start fails. Looked at once there is one. */
  readonly signal?: AbortSignal | undefined;
}

/** With its record as it was published with the launch. */
export interface Launched extends Birth, Published {}

/** From a spec to a process that was launched, or to an error that says why not. The caller brings it up, and closes the daemon's handle. */
export async function launchDaemon(
  spec: DaemonSpec,
  context: StartContext,
  tie: Tie,
): Promise<Launched> {
  checkSupported(spec);
  makeFolders(context.places);
  checkClaim(context.places, spec);
  const { user, ids } = resolveCredentials(spec);
  const environment = composeEnvironment(spec, context.environment, user, ids);
  const command = hearing(resolveCommand(spec.entry, spec.interpreter, spec.interpreterArgs));
  await clearAway(spec, context);
  const gate = await chooseGate(spec, command.isNode, canPreload(spec, ids));
  return await launchThrough(gate, spec, { command, environment, ids }, context, tie);
}

/** A Node program hears signals by a module of ours where the system itself does not bring them. */
function hearing(command: Command): Command {
  if (!command.isNode || system().bringsSignals) return command;
  const [node = '', ...rest] = command.argv;
  return { ...command, argv: [node, '--require', ownFile('hear.cjs'), ...rest] };
}

/** Ends what an earlier run of this name has left. */
export async function clearAway(spec: DaemonSpec, context: StartContext): Promise<void> {
  const leftovers = await endLeftovers(context.places, spec.name);
  if (leftovers.length > 0) context.onEvent?.({ kind: 'leftovers-ended', processes: leftovers });
}

/** The launch itself, where the caller has looked everything up and chosen the way of being ready. */
export async function launchThrough(
  gate: ReadyGate,
  spec: DaemonSpec,
  lookedUp: Omit<Resolved, 'treeMark'>,
  context: StartContext,
  tie: Tie,
): Promise<Launched> {
  const { places } = context;
  let birth: Birth | undefined;
  try {
    const openings = streamOpenings(spec, lookedUp.ids);
    const logs = markLogs(spec, (path) => (openings.get(path) === 'as-user' ? lookedUp.ids : null));
    for (const { path, ids } of logs)
      if (ids === null) makeFolder(dirname(path), 'Choose another place for its log, with --log');
    const treeMark = system().newTreeMark();
    const resolved = { ...lookedUp, treeMark, openings };
    const plan = planLaunch(spec, resolved, gate.channel, tie);
    tie.guard(treeMark);
    if (context.endsAfterStart && system().onlyParentsLearnEnds) system().adoptOrphans();
    context.onEvent?.({ kind: 'launching' });
    return await whileRecordsAreOurs(places.state, () => {
      checkFree(places, spec); // what was free at the first look
      const announced: Announced = {
        spec,
        stateFolder: places.state,
        mark: treeMark,
        notifyAddress: gate.notifyAddress,
        restarts: context.restarts,
        foreground: !tie.process.detach,
        previous: readRecord(places.state, spec.name),
      };
      announce(announced);
      birth = { ...announced, gate, daemon: launch(announced, plan, logs), logs };
      context.onEvent?.({ kind: 'launched', pid: birth.daemon.ref.pid });
      const isReady = spec.ready.kind === 'exec'; // execve(2) has succeeded, or we would not be here
      if (isReady) rememberLogs(places, spec);
      return { ...birth, ...publish(birth, birth.daemon.ref, isReady, null) };
    });
  } catch (error) {
    try {
      if (birth !== undefined) await undo(birth);
    } finally {
      birth?.daemon.close();
      gate.close();
    }
    throw error;
  } finally {
    gate.launched();
  }
}

function canPreload(spec: DaemonSpec, ids: NativePlan['credentials']): boolean {
  const isInsideRoot = spec.chroot === null || preloadPath().startsWith(`${spec.chroot}/`);
  return isInsideRoot && isReachable(preloadPath(), ids);
}

function launch(announced: Announced, plan: LaunchPlan, logs: readonly LogMark[]): ProcessHandle {
  const { spec } = announced;
  try {
    return system().adoptLaunched(system().launch(plan));
  } catch (error) {
    withdraw(announced);
    if (!isStepFailure(error)) throw error;
    if (error.ownerPid === undefined) {
      tidyFiles(spec.pidFile, null, error.childPid ?? null, () =>
        logs.forEach(removeIfNewAndEmpty),
      );
    }
    throw explainStep(spec, error);
  }
}
