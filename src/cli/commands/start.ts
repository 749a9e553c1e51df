import { describeDaemon } from '../../control/describe.ts';
import { DaemonError } from '../../errors.ts';
import { findEntry } from '../../launch/resolve-command.ts';
import { type StartContext, start } from '../../launch/start.ts';
import { monotonicMs } from '../../os/monotonic.ts';
import { inspect } from '../../record/find.ts';
import type { DaemonRecord } from '../../record/record.ts';
import type { KilledProcess } from '../../shutdown/stop-tree.ts';
import type { DaemonSpec } from '../../spec/daemon-spec.ts';
import { formatDuration } from '../../spec/duration.ts';
import { escapeControls, listProcesses } from '../../spec/escape.ts';
import type { Places } from '../../spec/places.ts';
import { resolveSpec, type SpecOptions } from '../../spec/resolve-spec.ts';
import type { Session } from '../command.ts';
import { formatJson } from '../output.ts';
import { withProgress } from '../progress.ts';
import { isSet, specOptions } from '../spec-options.ts';

// Most programs are up within this time; for a person's Ctrl-C it is no delay.
const BLOCKING_MS = 200;

export async function run(session: Session): Promise<number> {
  const startedMs = monotonicMs();
  const spec = specOf(session, 'start');
  const record = await startWithProgress(session, spec, 0);
  if (isSet(session.args, 'json')) {
    session.print(formatJson(describeDaemon(inspect(spec.name, spec.pidFile, record))));
  } else {
    session.print(describeStart(record, monotonicMs() - startedMs));
  }
  return 0;
}

export function describeStart({ spec, ref }: DaemonRecord, tookMs: number): string {
  const log = spec.stdout.kind === 'file' ? ` Log: ${spec.stdout.path}` : '';
  return `Started ${spec.name} (pid ${ref.pid}), ready in ${formatDuration(tookMs)}.${log}`;
}

/** The spec that the command line of `start` or `run` describes. */
export function specOf(
  session: Session,
  commandName: 'start' | 'run',
  places: Places = session.places,
): DaemonSpec {
  const [entry, ...args] = [...session.args.positionals, ...session.args.rest];
  if (entry === undefined) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `daimon ${commandName} needs something to start, for example: daimon ${commandName} server.ts`,
    );
  }
  const given = specOptions(session);
  const options = commandName === 'run' ? inheritStreams(given) : given;
  const path = session.environment.PATH ?? '';
  // Inside a new root, an absolute path is one of that root.
  const isInside = options.chroot !== undefined && entry.startsWith('/');
  const file = isInside ? entry : findEntry(entry, session.cwd, path);
  const interpreter =
    options.interpreter === undefined
      ? undefined
      : findEntry(options.interpreter, session.cwd, path);
  return resolveSpec(file, args, { ...options, interpreter }, { cwd: session.cwd, places });
}

/** In the foreground the streams are the caller's own, unless told otherwise. */
function inheritStreams(options: SpecOptions): SpecOptions {
  const output = options.log === undefined ? 'inherit' : undefined;
  return {
    ...options,
    stdin: options.stdin ?? 'inherit',
    stdout: options.stdout ?? output,
    stderr: options.stderr ?? output,
  };
}

export function remarkLeftovers(
  session: Session,
  spec: DaemonSpec,
  processes: readonly KilledProcess[],
): void {
  session.remark(
    `daimon: ended what an earlier run of "${spec.name}" had left: ${listProcesses(processes)}`,
  );
}

export async function startWithProgress(session: Session, spec: DaemonSpec, restarts: number) {
  let said = '';
  const context: StartContext = {
    places: session.places,
    environment: session.environment,
    restarts,
    endsAfterStart: true,
    blockingMs: BLOCKING_MS,
    get signal() {
      return session.interrupted;
    },
    onEvent(event) {
      if (event.kind === 'launching' && spec.ready.kind !== 'exec') session.heedInterrupts();
      if (event.kind === 'status') said = `: ${escapeControls(event.text)}`;
      if (event.kind === 'leftovers-ended') remarkLeftovers(session, spec, event.processes);
    },
  };
  return await withProgress(
    session,
    (elapsedMs) =>
      `Waiting for ${spec.name} to be ready (${formatDuration(elapsedMs)} of ${formatDuration(spec.readyTimeoutMs)})${said}`,
    start(spec, context),
  );
}
