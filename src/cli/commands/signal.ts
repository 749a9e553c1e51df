import { signalDaemon } from '../../control/signal.ts';
import { DaemonError } from '../../errors.ts';
import { hasSignal, parseSignal, signalName } from '../../os/signals.ts';
import type { Session } from '../command.ts';
import { isSet } from '../spec-options.ts';
import { forEach, targetsOf } from '../targets.ts';

const PROBE = 0;

export async function run(session: Session): Promise<number> {
  const [word, ...names] = session.args.positionals;
  if (word === undefined || (names.length === 0 && !isSet(session.args, 'all'))) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      'daimon signal needs a signal and a name, for example: daimon signal USR1 web',
    );
  }
  const signalNumber = word === '0' ? PROBE : readSignal(word, names);
  const targets = targetsOf(
    { ...session, args: { ...session.args, positionals: names } },
    'signal',
  );
  return await forEach(session, targets, async (found) => {
    signalDaemon(found, signalNumber);
    const sent = signalNumber === PROBE ? 'Can signal' : `Sent ${signalName(signalNumber)} to`;
    session.print(`${sent} ${found.name} (pid ${found.ref?.pid}).`);
  });
}

function readSignal(word: string, names: readonly string[]): number {
  const last = names.at(-1) ?? '';
  if (isSignal(word) || !isSignal(last)) return parseSignal(word);
  throw new DaemonError(
    'INVALID_ARGUMENT',
    `There is no signal "${word}" on this platform. The signal comes first: daimon signal ${[last, word, ...names.slice(0, -1)].join(' ')}`,
  );
}

function isSignal(word: string): boolean {
  return /^\d+$/.test(word) || hasSignal(`SIG${word.toUpperCase().replace(/^SIG/, '')}`);
}
