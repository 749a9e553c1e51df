import { type DaemonStatus, describeDaemon, lsbStatus } from '../../control/describe.ts';
import { type FoundDaemon, findDaemon, inspect } from '../../record/find.ts';
import { formatDuration } from '../../spec/duration.ts';
import { escapeControls } from '../../spec/escape.ts';
import type { Session } from '../command.ts';
import { formatBytes } from '../output.ts';
import { isSet } from '../spec-options.ts';
import { run as list, paintState } from './list.ts';

const UNKNOWN_STATUS = 4;

export async function run(session: Session): Promise<number> {
  const names = [...session.args.positionals, ...session.args.rest];
  if (names.length === 0) return await list(session);
  let worst = 0;
  for (const name of names) {
    try {
      const status = describeDaemon(findOrAbsent(session, name));
      const text = isSet(session.args, 'json')
        ? JSON.stringify(status, null, 2)
        : formatStatus(session, status);
      session.print(text);
      worst = Math.max(worst, lsbStatus(status.state));
    } catch (error) {
      session.remark(`daimon: the status of "${name}" is not known: ${(error as Error).message}`);
      worst = UNKNOWN_STATUS;
    }
  }
  return worst;
}

function findOrAbsent({ places }: Session, name: string): FoundDaemon {
  return findDaemon(places, name) ?? inspect(name, `${places.runtime}/${name}.pid`, null);
}

function formatStatus(session: Session, daemon: DaemonStatus): string {
  const head = `${daemon.name} is ${paintState(session, daemon, HEADS[daemon.state])}`;
  if (daemon.state === 'stopped') return `${head}. Start it with: daimon start <entry>`;
  if (daemon.state === 'dead') {
    return `${head}: it ended without being stopped (${daemon.pidFile}). Start it again with: daimon restart ${daemon.name}; its last words: daimon logs ${daemon.name}`;
  }
  const facts: [string, string | null][] = [
    ['pid', String(daemon.pid)],
    ['ready', daemon.ready ? 'yes' : 'not yet'],
    ['uptime', daemon.uptimeMs === null ? null : formatDuration(daemon.uptimeMs)],
    ['since', daemon.startedAt],
    ['memory', daemon.memoryBytes === null ? null : formatBytes(daemon.memoryBytes)],
    ['cpu', daemon.cpu === null ? null : `${daemon.cpu}% since its start`],
    ['restarts', String(daemon.restarts)],
    ['says', daemon.status === null ? null : escapeControls(daemon.status)],
    ['pid file', daemon.pidFile],
    ['log', daemon.logFile],
  ];
  return [
    head,
    ...facts.flatMap(([key, value]) => (value === null ? [] : [`  ${key.padEnd(9)} ${value}`])),
  ].join('\n');
}

const HEADS: Readonly<Record<DaemonStatus['state'], string>> = {
  running: 'running',
  starting: 'starting',
  suspended: 'suspended (continue it with: daimon signal CONT)',
  dead: 'dead',
  stopped: 'not running',
};
