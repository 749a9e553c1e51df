import { jobSignals } from '../../os/job-signals.ts';
import { native } from '../../os/native.ts';
import type { ProcessHandle } from '../../os/system.ts';
import { answerStop, suspendBy } from './job-control.ts';
import type { Reaper } from './reaper.ts';
import { type Rewrites, rewrite } from './rewrites.ts';
import { groupTarget, processTarget, type Target } from './target.ts';
import type { Terminal } from './terminal.ts';

const SIGINT = 2;
const SIGQUIT = 3;
const SIGTERM = 15;
const INSISTING: ReadonlySet<number> = new Set([SIGINT, SIGQUIT, SIGTERM]);

export interface Forwarding {
  readonly rewrites: Rewrites;
  /** To the process alone, or to its process group. */
  readonly toWhom: 'process' | 'group';
  /** A signal could not be passed on: the child has become another user, or does not listen (Windows). */
  readonly onRefused: (signalNumber: number, why: 'refused' | 'unheard') => void;
}

/** Answers each signal of ours while there is a child, and what stops and continues the child. */
export class Companion {
  readonly #forwarding: Forwarding;
  readonly #reaper: Reaper;
  readonly #terminal: Terminal | null;
  readonly #child: ProcessHandle;
  readonly #hurry = new AbortController();
  #target: Target;
  #isEnding = false;

  constructor(
    forwarding: Forwarding,
    reaper: Reaper,
    terminal: Terminal | null,
    child: ProcessHandle,
  ) {
    this.#forwarding = forwarding;
    this.#reaper = reaper;
    this.#terminal = terminal;
    this.#child = child;
    this.#target = this.#targetOf(child);
  }

  /** Aborts when, after the end of the child, somebody insists. */
  get hurry(): AbortSignal {
    return this.#hurry.signal;
  }

  /** MAINPID: another process is the one that counts. */
  follow(main: ProcessHandle): void {
    this.#target = this.#targetOf(main);
  }

  /** The child has ended: its group's number may go to others now. */
  startEnding(): void {
    this.#isEnding = true;
  }

  onSignal(signalNumber: number): void {
    const { SIGCHLD, SIGCONT } = jobSignals();
    if (signalNumber === SIGCHLD) {
      for (const { pid, stopSignal } of this.#reaper.collect())
        if (pid === this.#child.ref.pid) this.#onChildStopped(stopSignal);
    } else if (this.#isEnding) {
      if (INSISTING.has(signalNumber)) this.#hurry.abort();
    } else {
      if (signalNumber === SIGCONT) this.#terminal?.lendAgain();
      this.#forward(signalNumber);
    }
  }

  #forward(received: number): void {
    const sent = rewrite(this.#forwarding.rewrites, received);
    if (sent === null) return;
    if (this.#target(sent).kind === 'refused') this.#forwarding.onRefused(sent, 'refused');
  }

  #onChildStopped(stopSignal: number): void {
    const answer = answerStop(stopSignal, this.#terminal?.holder ?? 'nobody');
    if (answer === 'suspend-self') native().suspendSelf(suspendBy(stopSignal));
    if (answer === 'lend') this.#lendTerminal();
    if (answer === 'suspend-job') {
      this.#terminal?.takeBack();
      // What continues us is a SIGCONT of our own, which is passed on like any other.
      if (!native().suspendGroup(suspendBy(stopSignal))) this.#lendTerminal();
    }
  }

  #lendTerminal(): void {
    this.#terminal?.lend(this.#child.ref.pid);
    groupTarget(this.#child)(jobSignals().SIGCONT);
  }

  #targetOf(process: ProcessHandle): Target {
    return this.#forwarding.toWhom === 'process' ? processTarget(process) : groupTarget(process);
  }
}
