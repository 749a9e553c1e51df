import type { NativePlan, NativeStdio, Opening } from '../os/native-launch.ts';
import { resources } from '../os/resources.ts';
import type { LaunchPlan } from '../os/system.ts';
import { lockFileOf } from '../record/lock.ts';
import type { DaemonSpec, LimitSpec, StdioTarget } from '../spec/daemon-spec.ts';
import type { Command } from './resolve-command.ts';

/** What was looked up on the machine for a spec. */
export interface Resolved {
  readonly command: Command;
  readonly environment: Readonly<Record<string, string>>;
  readonly ids: NativePlan['credentials'];
  /** What the tree is to be known by; null where there is no such thing. */
  readonly treeMark: string | null;
  /** Files of the standard streams that are not to be opened plainly. */
  readonly openings?: ReadonlyMap<string, Opening>;
  /** In the place of the spec's own arguments. */
  readonly args?: readonly string[];
  /** Open files of ours in the place of what the spec says. */
  readonly stdio?: readonly [number | null, number | null, number | null];
}

/** What the way of being ready puts into the new process. */
export interface Channel {
  readonly environment: Readonly<Record<string, string>>;
  readonly fds: readonly [number, number][];
  /** Kept at their numbers, beside those of the spec. */
  readonly keptFds?: readonly number[];
  /** Options for Node, before all others. */
  readonly nodeArgs: readonly string[];
}

/** How the new process hangs together with this one. */
export interface Tie {
  readonly process: Pick<NativePlan, 'detach' | 'ownGroup' | 'dieWithParent' | 'terminal'>;
  /** What passes from whoever started us to the new process alone. */
  readonly environment: Readonly<Record<string, string>>;
  /** Sets up, before anybody bears the mark, what is to end the tree with us; null: there are no marks. */
  guard(mark: string | null): void;
}

export const DETACHED: Tie = {
  process: { detach: true, ownGroup: false, dieWithParent: false, terminal: null },
  environment: {},
  guard() {},
};

/** The spec in the native code's words. Pure: nothing is touched. */
export function planLaunch(
  spec: DaemonSpec,
  resolved: Resolved,
  channel: Channel,
  tie: Tie,
): LaunchPlan {
  const seen = (path: string) => insideChroot(spec, path);
  const [program, ...rest] = resolved.command.argv.map(seen);
  return {
    ...tie.process,
    file: seen(resolved.command.file),
    argv: [
      program ?? spec.entry,
      ...channel.nodeArgs.map(seen),
      ...rest,
      ...(resolved.args ?? spec.args),
    ],
    environment: Object.entries({
      ...tie.environment,
      ...resolved.environment,
      ...channel.environment,
    }).map(([key, value]) => `${key}=${value}`),
    identity: { pidFile: spec.pidFile, lockFile: lockFileOf(spec.pidFile) },
    chroot: spec.chroot,
    cwd: seen(spec.cwd),
    umask: spec.umask,
    limits: planLimits(spec),
    mark: resolved.treeMark,
    nice: spec.nice,
    oomScoreAdj: spec.oomScoreAdj,
    credentials: resolved.ids,
    noNewPrivs: spec.noNewPrivs,
    stdio: [
      planStdio(spec.stdin, 0, resolved),
      planStdio(spec.stdout, 1, resolved),
      planStdio(spec.stderr, 2, resolved),
    ],
    keptFds: [...spec.keepFds, ...(channel.keptFds ?? [])],
    fds: [...channel.fds],
  };
}

/** A path below the new root, as the daemon will see it. */
function insideChroot(spec: DaemonSpec, path: string): string {
  if (spec.chroot === null || spec.chroot === '/') return path;
  if (path === spec.chroot) return '/';
  return path.startsWith(`${spec.chroot}/`) ? path.slice(spec.chroot.length) : path;
}

function planStdio(target: StdioTarget, fd: 0 | 1 | 2, { stdio, openings }: Resolved): NativeStdio {
  const ours = stdio?.[fd] ?? null;
  if (ours !== null) return { fd: ours };
  if (target.kind === 'inherit') return { fd };
  const path = target.kind === 'null' ? '/dev/null' : target.path;
  return { path, mode: fd === 0 ? 'read' : 'append', opening: openings?.get(path) ?? 'plain' };
}

const UNLIMITED = '-1';

function planLimits(spec: DaemonSpec): [number, string, string][] {
  const asked = spec.limits.map((limit): [number, string, string] => [
    numberOf(limit),
    String(limit.soft ?? UNLIMITED),
    String(limit.hard ?? UNLIMITED),
  ]);
  const isAsked =
    !resources().has('core') || spec.limits.some(({ resource }) => resource === 'core');
  const core = isAsked ? [] : [planCore(spec.core)];
  return [...core, ...asked];
}

/** `--core` opens the soft limit as far as the hard one permits; else both are closed for good. */
function planCore(wanted: boolean): [number, string, string] {
  const core = numberOf({ resource: 'core', soft: null, hard: null });
  return wanted ? [core, UNLIMITED, ''] : [core, '0', '0'];
}

function numberOf(limit: LimitSpec): number {
  const known = resources().get(limit.resource);
  if (known === undefined) throw new TypeError(`no such limit: ${limit.resource}`);
  return known.number;
}
