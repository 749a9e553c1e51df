import { DEFAULT_UMASK } from '../../../spec/resolve-spec.ts';
import { type Finding, fail, pass, remark } from '../finding.ts';
import type { WindowsFacts } from '../windows-facts.ts';

// What daemon(7) asks has mostly no counterpart on Windows. These are the points that have, and what was
// asked for and could not be had.

/** Services have session 0 for themselves; any other one ends with its user's logoff. */
function checkSession({ self }: WindowsFacts): Finding {
  if (self.sid === 0) return pass('session', 'in session 0, which no logoff ends');
  return remark(
    'session',
    `in session ${self.sid} of a user: it ends when that user logs off`,
    'Install it as a service, if it is to stay',
  );
}

function checkSignals({ heedsStop }: WindowsFacts): Finding {
  if (heedsStop === true) return pass('signals', 'listens for signals, and handles SIGTERM');
  if (heedsStop === false) return pass('signals', 'listens for signals; SIGTERM ends it at once');
  return remark(
    'signals',
    'does not listen for signals: nobody can ask it to stop, it can only be ended',
    "Start it by daimon (Node programs), or let it load daimon's library: gracefulShutdown()",
  );
}

function checkTree({ tree }: WindowsFacts): Finding {
  if (tree === 'own')
    return pass('tree', 'in a Job object of its own: what it starts ends with it at the latest');
  if (tree === 'none')
    return fail(
      'tree',
      'not in the Job object that it was started with',
      'Look whether it is the daemon at all: daimon status',
    );
  return remark(
    'tree',
    'not started by daimon: what it starts may outlive it',
    'Start it with: daimon start',
  );
}

function checkPidFile({ self, pidFile }: WindowsFacts): Finding {
  if (pidFile === null) return remark('pid file', 'none is known', 'Start it with: daimon start');
  const { path, pid, holder } = pidFile;
  if (holder !== self.ref.pid)
    return fail(
      'pid file',
      `${path} is not locked by it`,
      'Stop it, and start it with: daimon start',
    );
  if (pid !== self.ref.pid)
    return fail(
      'pid file',
      `${path} does not name it`,
      'Restart it: something else writes that file',
    );
  return pass('pid file', `${path} names it, and it holds the lock`);
}

function checkUmask({ expected }: WindowsFacts): Finding {
  if (expected === null || expected.umask === DEFAULT_UMASK)
    return pass('umask', 'Windows has none: new files have the rights of their folder');
  return remark(
    'umask',
    `--umask ${expected.umask.toString(8).padStart(3, '0')} was passed over: Windows has none`,
    'Set the rights of the folders that it writes to (icacls)',
  );
}

function checkDescriptors({ expected }: WindowsFacts): Finding {
  if (expected === null || expected.keepFds.length === 0)
    return pass('descriptors', 'its streams, and nothing else of its launcher');
  return remark(
    'descriptors',
    `--keep-fd ${expected.keepFds.join(', ')} was passed over: Windows knows no file descriptors`,
    'Let the daemon open the file itself, or hand it a path',
  );
}

/** Every point of the audit on Windows. Pure. */
export function judgeWindows(facts: WindowsFacts): Finding[] {
  return [
    checkSession(facts),
    checkTree(facts),
    checkSignals(facts),
    checkDescriptors(facts),
    checkUmask(facts),
    checkPidFile(facts),
  ];
}
