import { system } from '../../os/index.ts';
import type { ProcessHandle } from '../../os/system.ts';
import type { DaemonSpec } from '../../spec/daemon-spec.ts';
import { bringUp } from '../bring-up.ts';
import { launchDaemon, type StartContext } from '../launch-daemon.ts';
import type { Tie } from '../plan.ts';
import type { Forwarding } from './companion.ts';
import { endRest, type RunResult, tidy } from './leave.ts';
import { forwardableSignals, rewrite } from './rewrites.ts';
import { SignalQueue } from './signal-queue.ts';

/** A child in a group of its own, so that what is typed comes to us alone; it ends with us. */
const TIE: Tie = {
  process: { detach: false, ownGroup: true, dieWithParent: true, terminal: null },
  environment: {},
  guard() {},
};

/**
 * The same where there is no job control (Windows): what the console tells us and what others send is
 * passed on to the child alone, on the pipe on which it listens, else as CTRL_BREAK.
 */
export async function runWithoutGroups(
  spec: DaemonSpec,
  context: StartContext,
  forwarding: Forwarding,
): Promise<RunResult> {
  system().hearSignals();
  const signals = new SignalQueue(forwardableSignals());
  const hurry = new AbortController();
  let child: ProcessHandle | null = null;
  try {
    const birth = await launchDaemon(spec, context, TIE);
    child = birth.daemon;
    let isEnding = false;
    signals.listen((number) => {
      if (isEnding) hurry.abort();
      else forward(number, birth.daemon, forwarding);
    });
    const outcome = await bringUp(birth, context);
    const status = outcome.kind === 'ended' ? outcome.status : await child.exited();
    isEnding = true;
    const left = await endRest(birth, hurry.signal);
    await tidy(birth);
    const isUnready = outcome.kind === 'ended' && spec.ready.kind !== 'auto';
    return { status, unready: isUnready ? outcome.error : null, left };
  } finally {
    child?.close();
    signals.close();
  }
}

function forward(
  received: number,
  child: ProcessHandle,
  { rewrites, onRefused }: Forwarding,
): void {
  const sent = rewrite(rewrites, received);
  if (sent === null) return;
  const { kind } = child.signal(sent);
  if (kind === 'refused' || kind === 'unheard') onRefused(sent, kind);
}
