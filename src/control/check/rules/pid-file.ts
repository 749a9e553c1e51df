import type { CheckFacts, PidFileFacts } from '../facts.ts';
import { type Finding, fail, pass, remark } from '../finding.ts';
import { isHosted } from './session.ts';

const OTHERS_OR_GROUP_WRITE = 0o022;

/** daemon(7), SysV step 12. */
export function checkPidFile(facts: CheckFacts): Finding[] {
  const { pidFile, self } = facts;
  if (pidFile === null) {
    return [
      isHosted(facts)
        ? pass('pid-file', 'none, and none needed: what started it knows its child')
        : remark(
            'pid-file',
            'none found in /run: whoever stops it must guess its pid',
            'daimon start writes one, and holds a lock on it',
          ),
    ];
  }
  return [checkContent(pidFile, self.ref.pid), checkSafety(facts, pidFile), checkLock(pidFile)];
}

function checkContent({ path, exists, pid }: PidFileFacts, actualPid: number): Finding {
  const remedy = 'Restart it: the PID file is written anew';
  if (!exists) return fail('pid-file', `${path} is missing`, remedy);
  if (pid === actualPid) return pass('pid-file', path);
  const says = pid === null ? 'holds no pid' : `names process ${pid} instead`;
  return fail('pid-file', `${path} ${says}`, remedy);
}

/** Who can write to it, or replace it, chooses whom root kills: CVE-2017-11747 and its kin. */
function checkSafety({ status, auditorUid }: CheckFacts, file: PidFileFacts): Finding {
  const check = 'pid-file-safety';
  const { path, unsafeFolder } = file;
  if (unsafeFolder !== null) {
    return fail(
      check,
      `others may put another file in its place: ${unsafeFolder} is not safe`,
      `chmod go-w ${unsafeFolder}, and give it to root or to the daemon's user`,
    );
  }
  if (!file.exists) return pass(check, 'nobody else can put one in its place');
  if (file.isSymbolicLink) return fail(check, `${path} is a symbolic link`, 'Remove it');
  if (file.links > 1) return fail(check, `${path} has ${file.links} hard links`, 'Remove it');
  const mode = file.mode.toString(8).padStart(4, '0');
  if ((file.mode & OTHERS_OR_GROUP_WRITE) !== 0)
    return fail(check, `${path} has mode ${mode}: others may write to it`, `chmod 644 ${path}`);
  if (file.uid !== 0 && file.uid === status.uids[1] && file.uid !== auditorUid) {
    return remark(
      check,
      `${path} belongs to the daemon's own user (uid ${file.uid}), which may write any pid into it`,
      'Root should not signal by it; daimon start writes it before it changes the user',
    );
  }
  return pass(check, `mode ${mode}, uid ${file.uid}`);
}

function checkLock({ isLocked }: PidFileFacts): Finding {
  if (isLocked) return pass('pid-file-lock', 'held by the process');
  return remark(
    'pid-file-lock',
    'no lock is held: after a crash nothing tells a stale pid from a live one',
    'daimon start holds one, unless the program closes every descriptor it inherits',
  );
}
