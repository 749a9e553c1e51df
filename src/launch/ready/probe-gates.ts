import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { EMPTY_CHANNEL, type ReadyGate } from './gate.ts';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 250;
const ONE_TRY_MS = 5000;

/** Asks again and again, at growing intervals: a port gives no sign when it opens. */
function probeGate(probe: (signal: AbortSignal) => Promise<boolean>): ReadyGate {
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

/** `tcp:PORT`: a connection is accepted. */
export function tcpGate(host: string, port: number): ReadyGate {
  return probeGate((signal) => {
    return new Promise((resolve) => {
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
  });
}

/** `http:URL`: the answer is a 2xx or 3xx. A self-signed certificate is no reason to wait. */
export function httpGate(url: string): ReadyGate {
  return probeGate((signal) => {
    return new Promise((resolve) => {
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
  });
}
