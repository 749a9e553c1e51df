import { signalDaemon } from '../../control/signal.ts';
import { DaemonError } from '../../errors.ts';
import { parseSignal, signalName } from '../../os/signals.ts';
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
  const signalNumber = word === '0' ? PROBE : parseSignal(word);
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
