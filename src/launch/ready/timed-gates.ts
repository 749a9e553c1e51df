import { EMPTY_CHANNEL, type ReadyGate } from './gate.ts';

/** Ready once the process lives `settleMs` after its exec; 0: at its exec. */
export function settleGate(settleMs: number): ReadyGate {
  return {
    channel: EMPTY_CHANNEL,
    notifyAddress: null,
    launched() {},
    async wait(_daemon, _listener, signal) {
      if (settleMs === 0) return;
      const { setTimeout: sleep } = await import('node:timers/promises'); // 0.4 ms, while the daemon settles
      await sleep(settleMs, undefined, { signal });
    },
    close() {},
  };
}
