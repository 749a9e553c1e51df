import { getSystemErrorName } from 'node:util';
import type { CheckFacts, FdFacts, FileFacts, Neighbour } from '../facts.ts';
import { denied, type Finding, fail, pass, remark } from '../finding.ts';
import { isHosted } from './session.ts';

const NAMES = ['stdin', 'stdout', 'stderr'] as const;

/** daemon(7), SysV step 9: 0, 1 and 2 are open, and not on a terminal. */
export function checkStreams(facts: CheckFacts): Finding[] {
  const { fds } = facts;
  if (fds.kind === 'denied') return NAMES.map(denied);
  const isAttended = isHosted(facts);
  return NAMES.map((name, number) => {
    const fd = fds.value.find((open) => open.fd === number);
    if (fd === undefined) {
      return fail(
        name,
        `closed: the next file it opens becomes its ${name}`,
        `Point it to /dev/null or a file: ${name === 'stdin' ? '</dev/null' : `daimon start --${name} FILE`}`,
      );
    }
    return name === 'stdin' ? checkInput(fd) : checkOutput(name, fd, isAttended);
  });
}

function onTerminal(name: string, fd: FdFacts): Finding {
  return fail(
    name,
    `${fd.target}, a terminal: reads and writes fail (${getSystemErrorName(-5)}) once it is closed`,
    `daimon start --${name} ${name === 'stdin' ? 'null' : 'FILE'}`,
  );
}

function checkInput(fd: FdFacts): Finding {
  if (fd.kind === 'null') return pass('stdin', '/dev/null');
  if (fd.kind === 'terminal') return onTerminal('stdin', fd);
  return remark(
    'stdin',
    `${fd.target}${heldBy(fd.sharedWith)}`,
    'Unless it reads it on purpose: daimon start --stdin null',
  );
}

function checkOutput(name: 'stdout' | 'stderr', fd: FdFacts, isAttended: boolean): Finding {
  if (fd.kind === 'null') return pass(name, '/dev/null');
  if (fd.kind === 'terminal') return onTerminal(name, fd);
  if (fd.kind === 'file') return checkFile(name, fd);
  const where = `${fd.target}${heldBy(fd.sharedWith)}`;
  if (isAttended && (fd.kind === 'pipe' || fd.kind === 'socket'))
    return pass(name, `${where}, read by what looks after it`);
  return remark(
    name,
    `${where}: writing ends it by SIGPIPE, or blocks it, once nobody reads`,
    `daimon start --${name} FILE`,
  );
}

function checkFile(name: 'stdout' | 'stderr', fd: FdFacts): Finding {
  if (fd.isDeleted) {
    return fail(
      name,
      `${fd.target} was deleted: what it writes is lost, and the space is not freed`,
      'Restart it, or make it open its log again (daimon reload)',
    );
  }
  if (!fd.isWritable)
    return fail(name, `${fd.target} is open for reading only`, `daimon start --${name} FILE`);
  if (fd.appends) return pass(name, `${fd.target}, appended to`);
  return remark(
    name,
    `${fd.target}, not appended to (O_APPEND): another writer overwrites it, and truncating it leaves a hole`,
    `Open it with ">>" or daimon start --${name} FILE`,
  );
}

export function heldBy(others: readonly Neighbour[]): string {
  const [first, second] = others;
  if (first === undefined) return '';
  const more = second === undefined ? '' : ` and ${others.length - 1} more`;
  return `, also held by ${first.comm} (pid ${first.pid})${more}`;
}

const OTHERS_WRITE = 0o002;
const NEARLY_FULL_BYTES = 10_000_000;

/** Whether what it says can be kept: the files behind stdout and stderr. */
export function checkLog({ fds }: CheckFacts): Finding {
  if (fds.kind === 'denied') return denied('log');
  const outputs = fds.value.filter(({ fd }) => fd === 1 || fd === 2);
  const logs = outputs.flatMap(({ target, file, isDeleted }) =>
    file === null || isDeleted ? [] : [{ target, file }],
  );
  for (const { target, file } of logs) {
    const fault = judgeLog(target, file);
    if (fault !== null) return fault;
  }
  const [log] = logs;
  if (log !== undefined) return pass('log', `${log.target}, ${log.file.sizeBytes} bytes`);
  return outputs.every(({ kind }) => kind === 'null')
    ? pass('log', 'none: its output goes to /dev/null')
    : pass('log', 'no file');
}

function judgeLog(target: string, { freeBytes, mode }: FileFacts): Finding | null {
  if (freeBytes !== null && freeBytes < NEARLY_FULL_BYTES) {
    const left = `the file system of ${target} has ${freeBytes} bytes left`;
    const remedy = 'Free some space there, and rotate the log';
    return freeBytes === 0 ? fail('log', left, remedy) : remark('log', left, remedy);
  }
  if ((mode & OTHERS_WRITE) === 0) return null;
  return remark('log', `everybody may write to ${target}`, `chmod o-w ${target}`);
}
