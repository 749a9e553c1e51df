import { DaemonError } from '../../errors.ts';
import type { DaemonSpec } from '../../spec/daemon-spec.ts';
import type { ReadyGate } from './gate.ts';

/**
 * The gate for a spec's way of being ready. Each is loaded only when it is wanted.
 * `canPreload`: Node runs the entry, and the daemon's user and root can reach our preload.
 */
export async function chooseGate(
  spec: DaemonSpec,
  isNode: boolean,
  canPreload: boolean,
): Promise<ReadyGate> {
  const mode = spec.ready;
  switch (mode.kind) {
    case 'auto':
      if (isNode && canPreload)
        return (await import('./pipe-gates.ts')).preloadGate('loaded', spec.keepFds);
      return (await import('./timed-gates.ts')).settleGate(spec.settleMs);
    case 'exec':
      return (await import('./timed-gates.ts')).settleGate(0);
    case 'loaded':
    case 'listening':
      if (!isNode) throw onlyForNode(mode.kind);
      if (!canPreload) throw unreachable(mode.kind);
      return (await import('./pipe-gates.ts')).preloadGate(mode.kind, spec.keepFds);
    case 'notify':
      return (await import('./notify-gate.ts')).notifyGate(spec.user);
    case 'ipc':
      if (isNode && canPreload)
        return (await import('./pipe-gates.ts')).preloadGate('sent', spec.keepFds);
      return (await import('./ipc-gate.ts')).ipcGate(spec.keepFds);
    case 'fd':
      return (await import('./pipe-gates.ts')).fdGate(mode.fd);
    case 'tcp': {
      const { probeGate, tcpProbe } = await import('./probe-gates.ts');
      return await probeGate(spec, tcpProbe(mode.host, mode.port));
    }
    case 'http': {
      const { probeGate, httpProbe } = await import('./probe-gates.ts');
      return await probeGate(spec, httpProbe(mode.url));
    }
  }
}

function onlyForNode(kind: string): DaemonError {
  return new DaemonError(
    'INVALID_ARGUMENT',
    `--ready ${kind} is for programs that Node runs; for others choose exec, notify, fd:N, tcp:PORT or http:URL`,
  );
}

function unreachable(kind: string): DaemonError {
  return new DaemonError(
    'INVALID_ARGUMENT',
    `--ready ${kind} needs daimon's own files inside the new root and readable for the new user; choose exec, notify, tcp:PORT or http:URL`,
  );
}
