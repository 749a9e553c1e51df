import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DaemonError } from '../../errors.ts';
import type { DaemonSpec } from '../../spec/daemon-spec.ts';
import { formatReadyMode } from '../../spec/ready-mode.ts';
import { EMPTY_CHANNEL, type ReadyGate } from './gate.ts';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;
const ONE_TRY_MS = 5000;
const FIRST_LOOK_MS = 1000;

/** True when it answers as a daemon that is ready does. Never rejects. */
type Probe = (signal: AbortSignal) => Promise<boolean>;

/** Asks again and again, at growing intervals: a port gives no sign when it opens. */
export async function probeGate(spec: DaemonSpec, probe: Probe): Promise<ReadyGate> {
  // A socket that is handed over by --keep-fd may answer before its server does.
  if (spec.keepFds.length === 0 && (await probe(AbortSignal.timeout(FIRST_LOOK_MS))))
    throw answersAlready(spec);
  return {
    channel: EMPTY_CHANNEL,
    notifyAddress: null,
    launched() {},
    async wait(_daemon, _listener, signal) {
      let pauseMs = FIRST_PAUSE_MS;
      while (!(await probe(AbortSignal.any([signal, AbortSignal.timeout(ONE_TRY_MS)])))) {
        await sleep(pauseMs, undefined, { signal });
        pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS);
      }
    },
    close() {},
  };
}

/** Somebody else is there: taken for the daemon, it would be "ready" while the daemon finds its port in use. */
function answersAlready({ name, ready }: DaemonSpec): DaemonError {
  const look =
    ready.kind === 'tcp' ? `. See who listens with: ss -ltnp 'sport = :${ready.port}'` : '';
  return new DaemonError(
    'REFUSED',
    `Cannot start "${name}": ${formatReadyMode(ready)} answers already, before the start; something else is there${look}`,
  );
}

/** `tcp:PORT`: a connection is accepted. */
export function tcpProbe(host: string, port: number): Probe {
  return (signal) =>
    new Promise((resolve) => {
      const socket = connect({ host, port });
      const settle = (connected: boolean) => {
        signal.removeEventListener('abort', onAbort);
        socket.destroy();
        resolve(connected);
      };
      const onAbort = () => settle(false);
      signal.addEventListener('abort', onAbort, { once: true });
      socket.once('connect', () => settle(true));
      socket.on('error', () => settle(false));
    });
}

/** `http:URL`: the answer is a 2xx or 3xx. A self-signed certificate is no reason to wait. */
export function httpProbe(url: string): Probe {
  return (signal) =>
    new Promise((resolve) => {
      const request = url.startsWith('https:') ? requestHttps : requestHttp;
      const asked = request(
        url,
        { agent: false, signal, rejectUnauthorized: false },
        (response) => {
          const status = response.statusCode ?? 0;
          response.resume();
          asked.destroy();
          resolve(status >= 200 && status < 400);
        },
      );
      asked.on('error', () => resolve(false));
      asked.end();
    });
}
