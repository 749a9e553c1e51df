import { type DaemonStatus, describeDaemon } from '../../control/describe.ts';
import { DaemonError } from '../../errors.ts';
import { listDaemons } from '../../record/find.ts';
import { formatDuration } from '../../spec/duration.ts';
import { escapeControls } from '../../spec/escape.ts';
import type { Session } from '../command.ts';
import { formatBytes, formatJson, paintState } from '../output.ts';
import { isSet } from '../spec-options.ts';
import { formatTable } from '../table.ts';
import { measureFor } from '../text-width.ts';

const COLUMNS = [
  { title: 'NAME', narrowest: 12 },
  { title: 'PID', align: 'right' as const },
  { title: 'STATE' },
  { title: 'UPTIME', align: 'right' as const, expendable: 1 },
  { title: 'CPU', align: 'right' as const, expendable: 3 },
  { title: 'MEMORY', align: 'right' as const, expendable: 2 },
  { title: 'RESTARTS', align: 'right' as const, expendable: 5 },
  { title: 'STATUS', narrowest: 10, expendable: 4 },
];

export async function run(session: Session): Promise<number> {
  const [name] = [...session.args.positionals, ...session.args.rest];
  if (name !== undefined) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `daimon list shows all daemons; for one: daimon status ${name}`,
    );
  }
  const daemons = listDaemons(session.places).map(describeDaemon);
  if (isSet(session.args, 'json')) session.print(formatJson(daemons));
  else if (daemons.length === 0) session.print('No daemons. Start one with: daimon start <entry>');
  else {
    const rows = daemons.map((daemon) => row(session, daemon));
    const measure = await measureFor(rows.flat().map(({ text }) => text));
    session.print(formatTable(COLUMNS, rows, session.widthColumns, measure));
  }
  return 0;
}

function row(session: Session, daemon: DaemonStatus) {
  return [
    { text: escapeControls(daemon.name) },
    { text: String(daemon.pid ?? '-') },
    {
      text: daemon.state,
      paint: (text: string) => paintState(session.hasColour, daemon.state, text),
    },
    { text: daemon.uptimeMs === null ? '-' : formatDuration(daemon.uptimeMs) },
    { text: daemon.cpu === null ? '-' : `${daemon.cpu}%` },
    { text: daemon.memoryBytes === null ? '-' : formatBytes(daemon.memoryBytes) },
    { text: String(daemon.restarts) },
    { text: escapeControls(daemon.status ?? '') },
  ];
}
