import { DaemonError } from '../../errors.ts';
import { system } from '../../os/index.ts';
import { jobSignals } from '../../os/job-signals.ts';
import { RUNTIME } from '../../os/runtime.ts';
import type { ProcessHandle } from '../../os/system.ts';
import { isSameProcess } from '../../process-ref.ts';
import type { DaemonSpec } from '../../spec/daemon-spec.ts';
import { bringUp } from '../bring-up.ts';
import { type Launched, launchDaemon, type StartContext } from '../launch-daemon.ts';
import type { Tie } from '../plan.ts';
import { Companion, type Forwarding } from './companion.ts';
import { handedDown, noticeReady } from './host-notice.ts';
import { endRest, type RunResult, tidy } from './leave.ts';
import { Reaper } from './reaper.ts';
import { forwardableSignals, type Rewrites } from './rewrites.ts';
import { runWithoutGroups } from './run-without-groups.ts';
import { SignalQueue } from './signal-queue.ts';
import { Terminal } from './terminal.ts';
import { TreeGuard } from './tree-guard.ts';

const INIT_PID = 1;
const [SIGINT, SIGQUIT] = [2, 3];

/**
 * Runs a daemon as our own child, in the foreground, to its end: signals are passed on, the terminal
 * and job control are shared, orphans are reaped. When the child has ended, what is left of its tree
 * is asked to end, then killed.
 */
export async function run(
  spec: DaemonSpec,
  context: StartContext,
  forwarding: Forwarding,
): Promise<RunResult> {
  refuseBun();
  if (!system().hasJobControl) return await runWithoutGroups(spec, context, forwarding);
  // Before anything is there that a signal could miss.
  const signals = new SignalQueue([...forwardableSignals(), jobSignals().SIGCHLD]);
  if (process.pid !== INIT_PID) system().adoptOrphans();
  const terminal = Terminal.open();
  const guard = new TreeGuard();
  let child: ProcessHandle | null = null;
  try {
    const tie = tieToUs(spec, context, forwarding.rewrites, terminal, guard);
    const birth = await launchDaemon(spec, context, tie);
    child = birth.daemon;
    if (tie.process.terminal !== null) terminal?.noteLent(child.ref.pid);
    return await accompany(birth, context, forwarding, signals, terminal);
  } finally {
    child?.close();
    terminal?.takeBack();
    terminal?.close();
    guard.lift();
    signals.close();
  }
}

// Its event loop waits with every signal unblocked (epoll_pwait2(2) with an empty mask, Bun 1.4), so
// that they take their default action instead of waiting to be passed on; SIGCHLD is lost.
function refuseBun(): void {
  if (RUNTIME !== 'bun') return;
  throw new DaemonError(
    'UNSUPPORTED',
    'daimon run cannot pass signals on when Bun runs it. Run daimon by Node (npx daimon run), with --interpreter bun for the program',
  );
}

/**
 * A group of its own, which gets the terminal at once if both its streams are the terminal: else it
 * may be somebody's in our pipeline, and is lent on demand. The same when what is typed is to be
 * rewritten on its way.
 */
function tieToUs(
  spec: DaemonSpec,
  context: StartContext,
  rewrites: Rewrites,
  terminal: Terminal | null,
  guard: TreeGuard,
): Tie {
  const isInteractive =
    terminal !== null &&
    [spec.stdin, spec.stdout].every(
      ({ kind }, fd) => kind === 'inherit' && terminal.isOursAt(fd),
    ) &&
    ![SIGINT, SIGQUIT, jobSignals().SIGTSTP].some((typed) => rewrites.has(typed));
  return {
    process: {
      detach: false,
      ownGroup: true,
      // What the guard does for the whole tree; alone where the tree cannot be marked.
      dieWithParent: true,
      terminal: isInteractive ? terminal.expectLoan() : null,
    },
    environment: handedDown(spec, context.environment),
    guard: (mark) => guard.set(mark),
  };
}

async function accompany(
  birth: Launched,
  context: StartContext,
  forwarding: Forwarding,
  signals: SignalQueue,
  terminal: Terminal | null,
): Promise<RunResult> {
  const reaper = new Reaper();
  const child = reaper.follow(birth.daemon);
  const companion = new Companion(forwarding, reaper, terminal, child);
  signals.listen((number) => companion.onSignal(number));
  const { status, unready } = await untilEnd({ ...birth, daemon: child }, context, companion);
  companion.startEnding();
  terminal?.takeBack();
  if (status?.signal != null) terminal?.restoreModes();
  const left = await endRest(birth, companion.hurry);
  await tidy(birth);
  return { status, unready, left };
}

async function untilEnd(
  birth: Launched,
  context: StartContext,
  companion: Companion,
): Promise<Pick<RunResult, 'status' | 'unready'>> {
  const { spec, daemon } = birth;
  const outcome = await bringUp(birth, context);
  if (outcome.kind === 'ended')
    return { status: outcome.status, unready: spec.ready.kind === 'auto' ? null : outcome.error };
  noticeReady(spec, context.environment);
  const { ref } = outcome.record;
  if (isSameProcess(ref, daemon.ref)) return { status: await daemon.exited(), unready: null };
  const main = system().openProcess(ref);
  if (main === null) return { status: null, unready: null };
  companion.follow(main);
  try {
    return { status: await main.exited(), unready: null };
  } finally {
    main.close();
  }
}
