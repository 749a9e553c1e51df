import { LogFile } from '../../control/logs/log-file.ts';
import { mergeLines, type OpenLog } from '../../control/logs/past-lines.ts';
import { findSince, parseSince } from '../../control/logs/since.ts';
import {
  findLogs,
  type LoggedDaemon,
  type LogSource,
  listLogNames,
} from '../../control/logs/sources.ts';
import { DaemonError } from '../../errors.ts';
import { listRecordNames } from '../../record/record.ts';
import { escapeControls } from '../../spec/escape.ts';
import { nearestWord } from '../../suggest.ts';
import type { Session } from '../command.ts';
import { followLogs } from '../log-follower.ts';
import { LogPrinter } from '../log-printer.ts';
import { isSet, textOf } from '../spec-options.ts';

const LINES_BEFORE_FOLLOWING = 10;

export async function run(session: Session): Promise<number> {
  const wanted = readRequest(session);
  const daemons = namesOf(session).map((name) => {
    const daemon = findOrSuggest(session, name);
    return { ...daemon, sources: choose(session, daemon.sources) };
  });
  const sources = daemons.flatMap((daemon) => daemon.sources);
  const printer = new LogPrinter(session, sources);
  const logs = sources.flatMap((source) => openAt(session, source, wanted));
  printPast(printer, logs, wanted);
  if (wanted.follows) await followLogs(session, daemons, logs, printer);
  return 0;
}

interface Request {
  /** Infinity: all. */
  readonly lines: number;
  readonly sinceMs: number | null;
  readonly nowMs: number;
  readonly follows: boolean;
}

function readRequest({ args }: Session): Request {
  const nowMs = Date.now();
  const since = textOf(args, 'since');
  const follows = isSet(args, 'follow') || isSet(args, 'until-end');
  const given = textOf(args, 'lines');
  const all = given === 'all' || (given === undefined && (since !== undefined || !follows));
  const lines = all ? Number.POSITIVE_INFINITY : (given ?? String(LINES_BEFORE_FOLLOWING));
  if (typeof lines === 'string' && !/^\d{1,9}$/.test(lines)) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      `--lines "${lines}" is no number of lines; write 50, or all`,
    );
  }
  const sinceMs = since === undefined ? null : parseSince(since, nowMs);
  return { lines: Number(lines), sinceMs, nowMs, follows };
}

function namesOf({ args, places }: Session): readonly string[] {
  const names = [...args.positionals, ...args.rest];
  if (isSet(args, 'all')) {
    if (names.length === 0) return listRecordNames(places.state);
    throw new DaemonError('INVALID_ARGUMENT', '--all and names do not go together');
  }
  if (names.length > 0) return [...new Set(names)];
  throw new DaemonError(
    'INVALID_ARGUMENT',
    'daimon logs needs the name of a daemon; see: daimon list',
  );
}

function findOrSuggest({ places }: Session, name: string): LoggedDaemon {
  try {
    return findLogs(places, name);
  } catch (error) {
    if (!(error instanceof DaemonError) || error.code !== 'NOT_FOUND') throw error;
    const near = nearestWord(name, [...listRecordNames(places.state), ...listLogNames(places)]);
    if (near === null || near === name) throw error;
    throw new DaemonError('NOT_FOUND', `There is no log of "${name}". Did you mean "${near}"?`);
  }
}

function choose({ args, remark }: Session, sources: readonly LogSource[]): readonly LogSource[] {
  const streams = (['stdout', 'stderr'] as const).filter((name) => isSet(args, name));
  if (streams.length !== 1) return sources;
  const [stream] = streams;
  const [source] = sources;
  if (source?.stream === 'both') {
    remark(`daimon: ${source.daemon} writes both streams to ${source.path}, so both are shown`);
    return sources;
  }
  return sources.filter((one) => one.stream === stream);
}

/** Opens a log at the first line that is wanted. */
function openAt(session: Session, source: LogSource, wanted: Request): OpenLog[] {
  const file = LogFile.open(source.path);
  if (file === null) {
    session.remark(
      `daimon: ${source.daemon} has written nothing yet (${escapeControls(source.path)})`,
    );
    return [];
  }
  // Who follows gets the last line when it is whole.
  const endBytes = wanted.follows ? file.findLastLineEnd() : file.sizeBytes;
  const beginBytes =
    wanted.sinceMs === null ? 0 : beginSince(session, file, wanted.sinceMs, wanted.nowMs);
  file.positionBytes =
    wanted.lines === Number.POSITIVE_INFINITY
      ? Math.min(beginBytes, endBytes)
      : file.findTail(wanted.lines, beginBytes, endBytes);
  return [{ source, file, endBytes }];
}

function beginSince(session: Session, file: LogFile, sinceMs: number, nowMs: number): number {
  const since = findSince(file, sinceMs, nowMs);
  if (since.kind === 'found') return since.positionBytes;
  if (file.modifiedMs < sinceMs || file.sizeBytes === 0) return file.sizeBytes;
  session.remark(
    `daimon: the lines of ${escapeControls(file.path)} do not tell their time; it was written to since then, so it is shown from its beginning`,
  );
  return 0;
}

function printPast(printer: LogPrinter, logs: readonly OpenLog[], { nowMs }: Request): void {
  const [only] = logs;
  if (only !== undefined && logs.length === 1 && printer.isTransparent) {
    const { file, endBytes } = only;
    for (let block = file.readBlock(endBytes); block !== null; block = file.readBlock(endBytes))
      printer.raw(block);
  } else {
    for (const line of mergeLines(logs, nowMs)) printer.line(line);
  }
  printer.flush();
}
