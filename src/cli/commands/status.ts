import { basename, resolve } from 'node:path';
import { type DaemonStatus, describeDaemon, lsbStatus } from '../../control/describe.ts';
import { lastSign } from '../../control/last-sign.ts';
import { type FoundDaemon, findDaemon, inspect } from '../../record/find.ts';
import { formatDuration } from '../../spec/duration.ts';
import { escapeControls } from '../../spec/escape.ts';
import type { Session } from '../command.ts';
import { formatBytes, formatJson, paintState } from '../output.ts';
import { isSet } from '../spec-options.ts';

const UNKNOWN_STATUS = 4;

export async function run(session: Session): Promise<number> {
  const names = [...session.args.positionals, ...session.args.rest];
  if (names.length === 0) return await (await import('./list.ts')).run(session);
  let worst = 0;
  for (const name of names) {
    try {
      const found = findOrAbsent(session, name);
      const status = describeDaemon(found);
      session.print(
        isSet(session.args, 'json') ? formatJson(status) : formatStatus(session, found, status),
      );
      worst = Math.max(worst, lsbStatus(status.state));
    } catch (error) {
      const why = escapeControls((error as Error).message);
      session.remark(`daimon: the status of "${escapeControls(name)}" is not known: ${why}`);
      worst = UNKNOWN_STATUS;
    }
  }
  return worst;
}

function findOrAbsent({ places }: Session, name: string): FoundDaemon {
  const found = findDaemon(places, name);
  if (found !== null) return found;
  const [shown, pidFile] = name.includes('/')
    ? [basename(name, '.pid'), resolve(name)]
    : [name, `${places.runtime}/${name}.pid`];
  return { ...inspect(shown, pidFile, null), pidFileExists: false };
}

type Facts = readonly (readonly [string, string | null])[];

function formatStatus({ hasColour }: Session, found: FoundDaemon, daemon: DaemonStatus): string {
  const name = escapeControls(daemon.name);
  const state = paintState(hasColour, daemon.state, HEADS[daemon.state]);
  const facts = daemon.pid === null ? factsOfEnded(found, daemon) : factsOfRunning(found, daemon);
  return [
    `${name} is ${state}`,
    ...facts.flatMap(([key, value]) =>
      value === null ? [] : [`  ${key.padEnd(9)} ${escapeControls(value)}`],
    ),
  ].join('\n');
}

const HEADS: Readonly<Record<DaemonStatus['state'], string>> = {
  running: 'running',
  starting: 'starting',
  suspended: 'suspended',
  dead: 'dead: it ended without being stopped',
  stopped: 'not running',
};

function factsOfRunning({ record }: FoundDaemon, daemon: DaemonStatus): Facts {
  const stdout = record?.spec.stdout;
  const output = stdout?.kind === 'file' ? stdout.path : null;
  return [
    ['pid', String(daemon.pid)],
    ['ready', readyWords(daemon)],
    ['uptime', daemon.uptimeMs === null ? null : formatDuration(daemon.uptimeMs)],
    ['since', daemon.startedAt],
    ['memory', daemon.memoryBytes === null ? null : formatBytes(daemon.memoryBytes)],
    ['cpu', daemon.cpu === null ? null : `${daemon.cpu}% since its start`],
    ['restarts', String(daemon.restarts)],
    ['says', daemon.status],
    ['pid file', daemon.pidFile],
    ['output', output === daemon.logFile ? null : output],
    ['log', daemon.logFile],
    ['next', daemon.state === 'suspended' ? `daimon signal CONT ${daemon.name}` : null],
  ];
}

function readyWords({ ready, state }: DaemonStatus): string {
  if (ready) return 'yes';
  return state === 'running' ? 'not known: its start was interrupted' : 'not yet';
}

function factsOfEnded(found: FoundDaemon, daemon: DaemonStatus): Facts {
  if (daemon.state === 'stopped') return [['next', 'daimon start <entry>']];
  return [
    ['since', whenItEnded(found)],
    ['pid file', daemon.pidFile],
    ['log', daemon.logFile],
    [
      'next',
      found.record === null
        ? 'daimon start <entry>'
        : `daimon logs ${daemon.name}, daimon restart ${daemon.name}`,
    ],
  ];
}

function whenItEnded(found: FoundDaemon): string {
  const sign = lastSign(found);
  if (sign.kind === 'reboot') return 'before this machine was booted';
  if (sign.kind === 'none') return 'not known';
  const ago = formatDuration(Math.max(0, Date.now() - sign.writtenMs));
  return `not known; last written to its log ${ago} ago`;
}
