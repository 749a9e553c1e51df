import type { ProcessFacts } from '../../../os/system.ts';
import type { CheckFacts, ServiceFacts } from '../facts.ts';
import { denied, type Finding, fail, pass, remark } from '../finding.ts';

const START_IT = 'Start it by: daimon start <entry>';

// What looks after services and reaps them; comm is cut to 15 bytes.
const INITS: ReadonlySet<string> = new Set([
  'init',
  'systemd',
  's6-supervise',
  's6-svscan',
  'runsv',
  'runsvdir',
  'supervise',
  'supervise-daemo',
  'supervisord',
  'tini',
  'dumb-init',
  'docker-init',
  'catatonit',
  'conmon',
  'containerd-shim',
]);

/** Started by systemd or as a container's first process, or beside it: a session of its own was made for it. */
export function isHosted({ status, service }: CheckFacts): boolean {
  return status.isContainerInit || service?.madeSession === true;
}

function isInit(process: ProcessFacts | null): boolean {
  return process !== null && (process.ref.pid === 1 || INITS.has(process.comm));
}

/** Forked off by the daemon that leads its session: of the same program, and without a terminal. */
export function isWorkerOf(leader: ProcessFacts | null, self: ProcessFacts): boolean {
  return leader !== null && leader.comm === self.comm && leader.terminal === 0;
}

/** In a session whose leader has ended; 0 stands for all the sessions that began outside this pid namespace. */
export function isLeft(leader: ProcessFacts | null, self: ProcessFacts): boolean {
  return leader === null && self.sid !== 0;
}

export function called({ comm, ref }: ProcessFacts): string {
  return `${comm} (pid ${ref.pid})`;
}

export function checkState({ self }: CheckFacts): Finding {
  if (self.state === 'T') {
    return fail(
      'state',
      'suspended: it does nothing until it is continued',
      `kill -CONT ${self.ref.pid}, or for a daemon of daimon: daimon signal CONT <name>`,
    );
  }
  if (self.state === 't')
    return remark('state', 'held by a debugger', 'Detach the debugger when it is done');
  return pass('state', 'alive');
}

/** daemon(7), SysV steps 6 to 8. */
export function checkSession(facts: CheckFacts): Finding {
  const { self, leader, parent, service, status } = facts;
  if (self.sid === self.ref.pid) {
    if (status.isContainerInit) return pass('session', 'its own: it is the init of its container');
    if (service?.madeSession === true)
      return pass('session', `its own, made by systemd for ${service.unit}`);
    const what = 'it leads its session: a terminal that it opens becomes its controlling terminal';
    if (service?.madeSession === null)
      return remark('session', `${what}. ${mayBeMadeBySystemd(service)}`, askSystemd(service));
    return isInit(parent) && parent?.ref.pid !== 1
      ? remark(
          'session',
          what,
          `Nothing to do while ${parent?.comm} looks after it and it opens no terminal`,
        )
      : fail('session', what, `It should fork once more after setsid(). ${START_IT}`);
  }
  if (self.sid === 0) return pass('session', 'one made outside this pid namespace');
  if (leader === null) return pass('session', `${self.sid}, whose leader is gone`);
  if (service?.madeSession === true)
    return pass('session', `that of its service ${service.unit}, led by ${called(leader)}`);
  if (leader.ref.pid === parent?.ref.pid && isWorkerOf(leader, self)) {
    return remark(
      'session',
      `that of ${called(leader)}, of the same program: it is one of that daemon's processes`,
      `Check that one: daimon check ${leader.ref.pid}`,
    );
  }
  const what = `it is in the session of ${called(leader)}, which still runs: what ends that session can end it too`;
  if (service?.madeSession === null)
    return remark('session', `${what}. ${mayBeMadeBySystemd(service)}`, askSystemd(service));
  return fail('session', what, `It should call setsid(), and fork before and after. ${START_IT}`);
}

function mayBeMadeBySystemd({ unit }: ServiceFacts): string {
  return `Whether systemd made that session for ${unit} is not to be known: no environment that can be read tells`;
}

function askSystemd({ unit }: ServiceFacts): string {
  return `Nothing to do if this names its leader: systemctl show --property MainPID ${unit}`;
}

/** daemon(7), SysV step 6; tty_nr of proc_pid_stat(5). */
export function checkTerminal({ self }: CheckFacts): Finding {
  if (self.terminal === 0) return pass('terminal', 'none');
  return fail(
    'terminal',
    `${nameTerminal(self.terminal)}: it gets SIGHUP when that closes, and Ctrl-C or Ctrl-Z where it is in front`,
    START_IT,
  );
}

// Device numbers of Documentation/admin-guide/devices.txt: 136-143 pseudo-terminals, 4 consoles and serial lines.
const FIRST_PTS_MAJOR = 136;
const LAST_PTS_MAJOR = 143;
const TTY_MAJOR = 4;
const MINORS_A_MAJOR = 256;

function nameTerminal(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= FIRST_PTS_MAJOR && major <= LAST_PTS_MAJOR)
    return `/dev/pts/${(major - FIRST_PTS_MAJOR) * MINORS_A_MAJOR + minor}`;
  return major === TTY_MAJOR && minor < 64 ? `/dev/tty${minor}` : `terminal ${major}:${minor}`;
}

/** daemon(7), SysV step 8: adopted by init, or by the nearest subreaper. */
export function checkParent(facts: CheckFacts): Finding {
  const { self, parent, leader, service } = facts;
  if (parent === null) return pass('parent', 'none in this pid namespace');
  if (parent.ref.pid === 1) return pass('parent', `init (${called(parent)})`);
  if (isInit(parent)) return pass('parent', `${called(parent)}, which looks after it`);
  const isReparented = self.sid !== self.ref.pid && leader === null && parent.sid !== self.sid;
  // fork(2) hands the session down: a parent of another session has adopted it.
  if (isReparented) return pass('parent', `${called(parent)}, which adopts orphans`);
  const mayBeOfService = service !== null && service.madeSession !== false;
  const isOfOneDaemon = isLeft(leader, self) || mayBeOfService || isWorkerOf(leader, self);
  if (self.sid === parent.sid && isOfOneDaemon) {
    return remark(
      'parent',
      `${called(parent)}, of the same session: it is one of that daemon's processes`,
      `Check that one: daimon check ${parent.ref.pid}`,
    );
  }
  return fail(
    'parent',
    `${called(parent)}, which still runs: it was never handed to init, and stays a zombie after its end until that waits for it`,
    START_IT,
  );
}

export function checkProgram({ program }: CheckFacts): Finding {
  if (program.kind === 'denied') return denied('program');
  const { path, isDeleted } = program.value;
  if (!isDeleted) return pass('program', path);
  return remark(
    'program',
    `${path} was replaced or removed since it was started`,
    'Restart it, so that it runs what is installed',
  );
}
