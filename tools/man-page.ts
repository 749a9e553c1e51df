// Writes dist/daimon.1 from the table that also parses, helps and completes: it cannot grow old.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from '../src/cli/command.ts';
import { allCommands } from '../src/cli/commands.ts';
import { byGroup, nameOption, USUAL_EXIT_STATUS } from '../src/cli/help.ts';
import { VERSION } from '../src/cli/version.ts';

/** roff reads backslashes, and dots and quotes at the beginning of a line. groff_char(7). */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/gm, '\\&$1');
}

function tagged(tag: string, text: string): string {
  return `.TP\n\\fB${roff(tag)}\\fR\n${roff(text)}`;
}

function describe(command: Command): string {
  const { usage, summary, details = [], options, examples } = command;
  return [
    `.SS daimon ${roff(usage)}`,
    `${roff(summary.charAt(0).toUpperCase() + summary.slice(1))}.`,
    ...details.map((text) =>
      text.startsWith(' ') ? `.PP\n.nf\n${roff(text)}\n.fi` : `.PP\n${roff(text)}`,
    ),
    ...byGroup(options).flatMap(([title, members]) => [
      `.PP\n\\fI${roff(title)}\\fR`,
      ...members.map((option) => tagged(nameOption(option).trim(), option.help)),
    ]),
    '.PP\n\\fIExamples\\fR',
    ...examples.map(([line, meaning]) => tagged(line, meaning)),
    ...(command.exitStatus === undefined
      ? []
      : [
          '.PP\n\\fIExit status\\fR',
          ...command.exitStatus.map(([status, text]) => tagged(status, text)),
        ]),
  ].join('\n');
}

const page = `.TH DAIMON 1 "" "daimon ${VERSION}" "User Commands"
.SH NAME
daimon \\- turns a program into a well\\-behaved daemon
.SH SYNOPSIS
\\fBdaimon\\fR \\fIcommand\\fR [\\fIoptions\\fR] ...
.SH DESCRIPTION
daimon starts a program as a daemon and returns when it is ready, looks after it, and stops it cleanly.
.SH COMMANDS
${allCommands().map(describe).join('\n')}
.SH EXIT STATUS
${USUAL_EXIT_STATUS.map(([status, text]) => tagged(status, text)).join('\n')}
.SH FILES
.TP
\\fI/run/daimon\\fR, \\fI/var/lib/daimon\\fR, \\fI/var/log/daimon\\fR
PID files and locks, records, and logs of root; others have them in the XDG folders.
.SH ENVIRONMENT
.TP
\\fBDAIMON_HOME\\fR
One folder for all of them.
.TP
\\fBNO_COLOR\\fR, \\fBFORCE_COLOR\\fR
No colours even on a terminal; colours even into a pipe.
.SH SEE ALSO
.BR daemon (7),
.BR signal (7)
`;

writeFileSync(join(import.meta.dirname, '..', 'dist', 'daimon.1'), page);
