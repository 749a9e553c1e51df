import { type DaemonStatus, describeDaemon } from '../../control/describe.ts';
import { listDaemons } from '../../record/find.ts';
import { formatDuration } from '../../spec/duration.ts';
import { escapeControls } from '../../spec/escape.ts';
import type { Session } from '../command.ts';
import { formatBytes, paint } from '../output.ts';
import { isSet } from '../spec-options.ts';
import { formatTable } from '../table.ts';

const COLUMNS = [
  { title: 'NAME', flexible: true },
  { title: 'PID', align: 'right' as const },
  { title: 'STATE' },
  { title: 'UPTIME', align: 'right' as const },
  { title: 'CPU', align: 'right' as const },
  { title: 'MEMORY', align: 'right' as const },
  { title: 'RESTARTS', align: 'right' as const },
  { title: 'STATUS', flexible: true },
];

export async function run(session: Session): Promise<number> {
  const daemons = listDaemons(session.places).map(describeDaemon);
  if (isSet(session.args, 'json')) session.print(JSON.stringify(daemons, null, 2));
  else if (daemons.length === 0) session.print('No daemons. Start one with: daimon start <entry>');
  else
    session.print(
      await formatTable(
        COLUMNS,
        daemons.map((daemon) => row(session, daemon)),
        session.widthColumns,
      ),
    );
  return 0;
}

function row(session: Session, daemon: DaemonStatus) {
  return [
    { text: daemon.name },
    { text: String(daemon.pid ?? '-') },
    { text: daemon.state, paint: (text: string) => paintState(session, daemon, text) },
    { text: daemon.uptimeMs === null ? '-' : formatDuration(daemon.uptimeMs) },
    { text: daemon.cpu === null ? '-' : `${daemon.cpu}%` },
    { text: daemon.memoryBytes === null ? '-' : formatBytes(daemon.memoryBytes) },
    { text: String(daemon.restarts) },
    { text: escapeControls(daemon.status ?? '') },
  ];
}

export function paintState(session: Session, daemon: DaemonStatus, text: string): string {
  const colour = {
    running: 'green',
    starting: 'yellow',
    suspended: 'yellow',
    dead: 'red',
    stopped: 'gray',
  } as const;
  return paint(session.hasColour, colour[daemon.state], text);
}
