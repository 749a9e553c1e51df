import { jobSignals } from '../../os/job-signals.ts';

const SIGTTIN = 21;
const SIGTTOU = 22;

/** In whose foreground the terminal is: `nobody`'s that concerns us, our group's, or lent to the child's. */
export type TerminalHolder = 'nobody' | 'us' | 'child';

/**
 * What a stop of the child asks of us.
 * `lend`: it wanted the terminal, which is ours to give: give it, and continue it.
 * `suspend-job`: it has the terminal, so Ctrl-Z reached it alone: our whole job stops with it.
 * `suspend-self`: the others of our job got the signal by themselves, or were not meant.
 */
export type StopAnswer = 'lend' | 'suspend-job' | 'suspend-self' | 'nothing';

/** Decides by the signal that stopped the child. */
export function answerStop(stopSignal: number, holder: TerminalHolder): StopAnswer {
  // Whatever stopped it: nobody else would take the terminal back.
  if (holder === 'child') return 'suspend-job';
  // SIGSTOP is a debugger's or an operator's, who will continue the child, but knows nothing of us.
  if (stopSignal === jobSignals().SIGSTOP) return 'nothing';
  const wantsTerminal = stopSignal === SIGTTIN || stopSignal === SIGTTOU;
  return wantsTerminal && holder === 'us' ? 'lend' : 'suspend-self';
}

/** The signal to stop ourselves by: SIGSTOP would hold us also where nobody could continue us. */
export function suspendBy(stopSignal: number): number {
  const { SIGSTOP, SIGTSTP } = jobSignals();
  return stopSignal === SIGSTOP ? SIGTSTP : stopSignal;
}
