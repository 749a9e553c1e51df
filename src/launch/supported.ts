import { DaemonError } from '../errors.ts';
import { system } from '../os/index.ts';
import type { Feature } from '../os/system.ts';
import type { DaemonSpec } from '../spec/daemon-spec.ts';

/** What a spec asks for that not every system has. */
export function featuresOf(spec: DaemonSpec): Feature[] {
  const asked: Record<Feature, boolean> = {
    chroot: spec.chroot !== null,
    user: spec.user !== null,
    group: spec.group !== null,
    limit: spec.limits.length > 0,
    'oom-score-adj': spec.oomScoreAdj !== null,
    'no-new-privs': spec.noNewPrivs,
    'ready notify': spec.ready.kind === 'notify',
    redirect: false,
    'keep-fd': false, // passed over, as `daimon check` says
  };
  return (Object.keys(asked) as Feature[]).filter((feature) => asked[feature]);
}

/** Refuses what would have to be left out: a daemon is never less confined than it was asked for. */
export function checkSupported(spec: DaemonSpec): void {
  const fault = system().nameFault(spec.name);
  if (fault !== null) {
    const message = `Cannot start "${spec.name}": ${fault}. Choose another name with --name`;
    throw new DaemonError('INVALID_ARGUMENT', message);
  }
  for (const feature of featuresOf(spec))
    requireFeature(feature, `Cannot start "${spec.name}": --${feature}`);
}

/** @throws DaemonError UNSUPPORTED where the system does not have it */
export function requireFeature(feature: Feature, asked: string): void {
  const reason = system().lacks[feature];
  if (reason !== undefined) throw new DaemonError('UNSUPPORTED', `${asked}: ${reason}`);
}
