import { type Checked, checkProcess } from '../../control/check/check-process.ts';
import type { CheckResult, Finding } from '../../control/check/finding.ts';
import { DaemonError } from '../../errors.ts';
import { formatDuration } from '../../spec/duration.ts';
import { escapeControls } from '../../spec/escape.ts';
import type { Session } from '../command.ts';
import { formatJson, paint } from '../output.ts';
import { isSet } from '../spec-options.ts';
import { type Measure, measureFor } from '../text-width.ts';
import { wrapText } from '../wrap.ts';

const FAILED_STATUS = 1;
const RESULT_COLUMNS = 8;
const LONGEST_LINE_COLUMNS = 120;

export async function run(session: Session): Promise<number> {
  const [target, ...more] = [...session.args.positionals, ...session.args.rest];
  if (target === undefined || more.length > 0) {
    throw new DaemonError(
      'INVALID_ARGUMENT',
      'daimon check takes one name, pid or PID file, for example: daimon check web',
    );
  }
  const checked = checkProcess(session.places, target);
  const { findings } = checked;
  if (isSet(session.args, 'json')) session.print(formatJson(findings));
  else {
    const texts = findings.flatMap(({ found, remedy }) => [found, remedy ?? '']);
    session.print(formatChecked(session, checked, await measureFor(texts.map(escapeControls))));
  }
  return findings.some(({ result }) => result === 'fail') ? FAILED_STATUS : 0;
}

function formatChecked(
  session: Session,
  { pid, comm, uptimeMs, findings }: Checked,
  measure: Measure,
): string {
  const width = Math.min(session.widthColumns, LONGEST_LINE_COLUMNS);
  const wrap = (text: string, columns: number) => wrapText(escapeControls(text), columns, measure);
  const checkColumns = Math.max(...findings.map(({ check }) => check.length)) + 2;
  return [
    `${escapeControls(comm)} (pid ${pid}), started ${formatDuration(uptimeMs)} ago`,
    ...findings.flatMap((finding) =>
      formatFinding(session, finding, checkColumns, (text, indent) => wrap(text, width - indent)),
    ),
    summarize(findings),
  ].join('\n');
}

const COLOURS = { pass: 'green', remark: 'yellow', fail: 'red' } as const;

function formatFinding(
  session: Session,
  { result, check, found, remedy }: Finding,
  checkColumns: number,
  wrap: (text: string, indent: number) => string[],
): string[] {
  const indent = ' '.repeat(RESULT_COLUMNS + checkColumns);
  const [first = '', ...rest] = wrap(found, indent.length);
  const [way, ...ways] = remedy === null ? [] : wrap(remedy, indent.length + 2);
  return [
    paint(session.hasColour, COLOURS[result], result.padEnd(RESULT_COLUMNS)) +
      check.padEnd(checkColumns) +
      first,
    ...rest.map((line) => indent + line),
    ...(way === undefined ? [] : [`${indent}> ${way}`]),
    ...ways.map((line) => `${indent}  ${line}`),
  ];
}

function summarize(findings: readonly Finding[]): string {
  const count = (wanted: CheckResult) => findings.filter(({ result }) => result === wanted).length;
  const [failed, remarked] = [count('fail'), count('remark')];
  const verdict = failed === 0 ? 'Nothing fails' : `${failed} of ${findings.length} fail`;
  return `${verdict}; ${remarked} ${remarked === 1 ? 'remark' : 'remarks'}. What each point means: docs/check.md`;
}
