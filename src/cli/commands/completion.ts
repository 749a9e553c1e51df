import { listLogNames } from '../../control/logs/sources.ts';
import { DaemonError } from '../../errors.ts';
import { signalName, signalNumbers } from '../../os/signals.ts';
import { listRecordNames } from '../../record/record.ts';
import type { Session } from '../command.ts';
import { complete } from '../completion/complete.ts';
import { COMPLETION_SCRIPTS } from '../completion/scripts.ts';

/** `completion SHELL` prints its script; `completion -- WORD…` is what the scripts ask. */
export async function run(session: Session): Promise<number> {
  const { positionals, rest } = session.args;
  const [shell = ''] = positionals;
  if (rest.length > 0 && shell === '') answer(session, rest);
  else if (Object.hasOwn(COMPLETION_SCRIPTS, shell))
    session.write(Buffer.from(COMPLETION_SCRIPTS[shell] ?? ''));
  else {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `daimon completion knows ${Object.keys(COMPLETION_SCRIPTS).join(', ')}. How to install one: daimon completion --help`,
    );
  }
  return 0;
}

function answer(session: Session, typed: readonly string[]): void {
  const { delegate, candidates } = complete(session.commands, typed, {
    daemons: () => listRecordNames(session.places.state),
    logs: () => [
      ...new Set([...listRecordNames(session.places.state), ...listLogNames(session.places)]),
    ],
    signals: () => signalNumbers().map((number) => signalName(number).replace(/^SIG/, '')),
  });
  session.print([delegate, ...candidates.map(({ text, help }) => `${text}\t${help}`)].join('\n'));
}
