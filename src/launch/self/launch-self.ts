import { system } from '../../os/index.ts';
import type { DaemonRecord } from '../../record/record.ts';
import type { DaemonSpec } from '../../spec/daemon-spec.ts';
import { type Places, placesFor } from '../../spec/places.ts';
import { resolveSpec, type SpecOptions } from '../../spec/resolve-spec.ts';
import { checkClaim, makeFolders } from '../claim.ts';
import { composeEnvironment } from '../environment.ts';
import { clearAway, launchThrough, type StartContext, type StartEvent } from '../launch-daemon.ts';
import { DETACHED, type Resolved } from '../plan.ts';
import { reportGate } from '../ready/report-gate.ts';
import { finish } from '../start.ts';
import { nameFor } from './daemon-name.ts';
import { writeHandover } from './handover.ts';
import { StderrCapture } from './stderr-capture.ts';
import {
  type ThisProgram,
  thisProgram,
  withAbsolutePaths,
  withoutInspector,
} from './this-program.ts';

/** An fd of ours, or a path; where none is given, or null, /dev/null. */
export type SelfStream = number | string | null | undefined;

/** What the daemon of this program is to be; checked, and all paths absolute. */
export interface SelfSpec {
  readonly pidFile: string;
  /** Serialized. */
  readonly args: Uint8Array;
  readonly cwd: string;
  readonly umask: number;
  readonly stdio: readonly [SelfStream, SelfStream, SelfStream];
  readonly keptFds: readonly number[];
  readonly preventCore: boolean;
  /** Leave the program's own arguments out of the daemon's command line. */
  readonly stripArgs: boolean;
  /** In the place of the runtime's options of this process. */
  readonly execArgv: readonly string[] | undefined;
  readonly ready: 'auto' | 'notify';
  readonly readyTimeoutMs: number | undefined;
  /** How it is stopped and reloaded. */
  readonly control?: Pick<SpecOptions, 'stopSignal' | 'reloadSignal' | 'graceMs'>;
}

export interface SelfContext {
  readonly restarts: number;
  readonly endsAfterStart: boolean;
  readonly onEvent?: (event: StartEvent) => void;
  readonly signal: AbortSignal | undefined;
}

/** Where the records of this process' daemons are. */
export function ownPlaces(): Places {
  return placesFor(process.env, system().homeKind);
}

/** Runs this program once more, as the daemon; resolves when that is ready. */
export async function launchSelf(self: SelfSpec, given: SelfContext): Promise<DaemonRecord> {
  given.signal?.throwIfAborted();
  const program = forDaemon(thisProgram(self.execArgv));
  const places = ownPlaces();
  const context: StartContext = { places, environment: process.env, ...given };
  makeFolders(places);
  const spec = specOf(self, program, places);
  checkClaim(places, spec);
  await clearAway(spec, context);
  const capture = hasNoStderr(self) ? new StderrCapture(places.runtime) : null;
  try {
    const lookedUp = lookUp(self, program, spec, capture);
    const gate = reportGate(
      self.keptFds,
      (reportFd) => writeHandover(headerOf(self, spec, places, reportFd), self.args),
      () => capture?.read() ?? [],
    );
    return await finish(await launchThrough(gate, spec, lookedUp, context, DETACHED), context);
  } finally {
    capture?.close();
  }
}

function hasNoStderr({ stdio }: SelfSpec): boolean {
  return stdio[2] == null;
}

function headerOf(self: SelfSpec, spec: DaemonSpec, places: Places, reportFd: number) {
  const { pidFile, ready, keptFds } = self;
  return {
    reportFd,
    pidFile,
    name: spec.name,
    stateFolder: places.state,
    ready,
    mutesStderr: hasNoStderr(self),
    keptFds,
  };
}

/**
 * As `restart` needs it: there the program is run with its own arguments, finds itself started as a
 * daemon, and says by sd_notify(3) when its call has returned.
 */
function specOf(self: SelfSpec, program: ThisProgram, places: Places): DaemonSpec {
  const { file, runtimeArgs, script, args } = program;
  const [entry, ownArgs] = script === null ? [file, [...runtimeArgs, ...args]] : [script, args];
  const [stdin, stdout, stderr] = self.stdio.map(pathOf);
  return resolveSpec(
    entry,
    ownArgs,
    {
      name: nameFor(places, self.pidFile),
      pidFile: self.pidFile,
      cwd: self.cwd,
      umask: self.umask,
      stdin,
      stdout,
      stderr,
      core: !self.preventCore,
      ready: readyAgain(),
      readyTimeoutMs: self.readyTimeoutMs,
      ...self.control,
      interpreter: script === null ? undefined : file,
      interpreterArgs: script === null ? undefined : runtimeArgs,
    },
    { cwd: process.cwd(), places },
  );
}

/** How a daemon that `restart` has started tells that its call has returned. */
function readyAgain(): 'notify' | 'ipc' {
  return system().lacks['ready notify'] === undefined ? 'notify' : 'ipc';
}

function pathOf(stream: SelfStream): string {
  return typeof stream === 'string' ? stream : 'null';
}

function lookUp(
  self: SelfSpec,
  { file, runtimeArgs, script, args }: ThisProgram,
  spec: DaemonSpec,
  capture: StderrCapture | null,
): Omit<Resolved, 'treeMark'> {
  const environment = composeEnvironment(spec, process.env, null, null);
  if (environment.NODE_OPTIONS !== undefined)
    environment.NODE_OPTIONS = withoutInspector(environment.NODE_OPTIONS.split(' ')).join(' ');
  const [stdin, stdout, stderr] = self.stdio;
  return {
    command: {
      file,
      argv: [file, ...runtimeArgs, ...(script === null ? [] : [script])],
      isNode: true,
    },
    args: self.stripArgs ? [] : args,
    environment,
    ids: null,
    stdio: [fdOf(stdin), fdOf(stdout), capture?.fd ?? fdOf(stderr)],
  };
}

function fdOf(stream: SelfStream): number | null {
  return typeof stream === 'number' ? stream : null;
}

function forDaemon(program: ThisProgram): ThisProgram {
  const runtimeArgs = withAbsolutePaths(withoutInspector(program.runtimeArgs), process.cwd());
  return { ...program, runtimeArgs };
}
