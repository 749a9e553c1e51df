import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CheckFacts, FdFacts, StatusFacts } from '../../../../src/control/check/facts.ts';
import type { CheckResult } from '../../../../src/control/check/finding.ts';
import { judge } from '../../../../src/control/check/judge.ts';
import { fdFacts, GOOD, PID, processFacts } from './facts.ts';

const bit = (signal: number) => 1n << BigInt(signal - 1);
const status = (changes: Partial<StatusFacts>): Partial<CheckFacts> => ({
  status: { ...GOOD.status, ...changes },
});
const fds = (...changed: FdFacts[]): Partial<CheckFacts> => {
  const others = [0, 1, 2].filter((fd) => changed.every((one) => one.fd !== fd));
  return { fds: { kind: 'known', value: [...others.map((fd) => fdFacts(fd)), ...changed] } };
};
const pidFile = (changes: object): Partial<CheckFacts> => ({
  pidFile: GOOD.pidFile && { ...GOOD.pidFile, ...changes },
});
const cwd = (changes: object): Partial<CheckFacts> => ({
  cwd: { kind: 'known', value: { path: '/x', isDeleted: false, mountPoint: '/', ...changes } },
});
const limit = (title: string, soft: number | null): Partial<CheckFacts> => ({
  limits: new Map([...GOOD.limits, [title, { soft, hard: null }]]),
});
const names = (...value: string[]): Partial<CheckFacts> => ({
  environmentNames: { kind: 'known', value },
});
const log = (changes: object) => ({
  kind: 'file' as const,
  target: '/log',
  appends: true,
  file: { mode: 0o640, uid: 0, sizeBytes: 5, freeBytes: 1e9 },
  ...changes,
});

const shell = processFacts(400, { comm: 'bash', parentPid: 300, terminal: 0x8803 });
const systemd = processFacts(1, { comm: 'systemd', parentPid: 0 });
const leads = { self: processFacts(PID, { sid: PID }) };
const inShell = { self: processFacts(PID, { sid: 400 }), leader: shell, parent: shell };
const service = (madeSession: boolean | null) => ({ unit: 'p.service', madeSession });
const nginxMaster = processFacts(400, { comm: 'nginx', parentPid: 1 });
const held = { sharedWith: [{ pid: 9, comm: 'bash' }] };

const nginxWorker = {
  self: processFacts(PID, { sid: 400, comm: 'nginx' }),
  leader: nginxMaster,
  parent: nginxMaster,
};

// What was changed of a daemon without fault, and the one point that then speaks.
const cases: [string, Partial<CheckFacts>, string, CheckResult, RegExp][] = [
  [
    'suspended',
    { self: processFacts(PID, { sid: 400, state: 'T' }) },
    'state',
    'fail',
    /suspended/,
  ],
  ['session leader (setsid -f)', leads, 'session', 'fail', /leads its session/],
  [
    'service of systemd',
    { ...leads, parent: systemd, service: service(true) },
    'session',
    'pass',
    /p\.service/,
  ],
  [
    'left in the cgroup of a service (setsid -f)',
    { ...leads, parent: systemd, service: service(false) },
    'session',
    'fail',
    /leads its session/,
  ],
  [
    'perhaps a service',
    { ...leads, parent: systemd, service: service(null) },
    'session',
    'remark',
    /p\.service is not to be known/,
  ],
  [
    'perhaps a worker of a service',
    { ...inShell, service: service(null) },
    'session',
    'remark',
    /p\.service is not to be known/,
  ],
  [
    'perhaps a worker of a service',
    { ...inShell, service: service(null) },
    'parent',
    'remark',
    /of/,
  ],
  ['job of cron', { ...inShell, service: service(false) }, 'parent', 'fail', /still runs/],
  ['perhaps a service', { pidFile: null, service: service(null) }, 'pid-file', 'remark', /none/],
  ['service of systemd', { pidFile: null, service: service(true) }, 'pid-file', 'pass', /none/],
  [
    'container init',
    { ...leads, ...status({ isContainerInit: true }), parent: null },
    'session',
    'pass',
    /container/,
  ],
  [
    'under s6',
    { ...leads, parent: processFacts(7, { comm: 's6-supervise' }) },
    'session',
    'remark',
    /leads/,
  ],
  ['job of a shell', inShell, 'session', 'fail', /session of bash \(pid 400\)/],
  ['job of a shell', inShell, 'parent', 'fail', /bash \(pid 400\), which still runs/],
  [
    'worker of a service',
    { leader: nginxMaster, parent: nginxMaster, service: service(true) },
    'session',
    'pass',
    /led by nginx/,
  ],
  ['worker of a leading master', nginxWorker, 'session', 'remark', /one of that daemon's/],
  ['worker of a leading master', nginxWorker, 'parent', 'remark', /one of that daemon's/],
  [
    'worker of a daemon',
    { parent: processFacts(450, { sid: 400 }) },
    'parent',
    'remark',
    /one of that daemon's/,
  ],
  [
    'started from outside the pid namespace',
    { self: processFacts(PID, { sid: 0 }), parent: processFacts(450, { sid: 0, comm: 'sh' }) },
    'parent',
    'fail',
    /sh \(pid 450\), which still runs/,
  ],
  [
    'adopted by a subreaper',
    { parent: processFacts(80, { sid: 80, comm: 'x' }) },
    'parent',
    'pass',
    /adopts orphans/,
  ],
  [
    'terminal',
    { self: processFacts(PID, { sid: 400, terminal: 0x8803 }) },
    'terminal',
    'fail',
    /\/dev\/pts\/3/,
  ],
  [
    'stdin on a terminal',
    fds(fdFacts(0, { kind: 'terminal', target: '/dev/pts/3' })),
    'stdin',
    'fail',
    /EIO/,
  ],
  [
    'stdin a pipe',
    fds(fdFacts(0, { kind: 'pipe', target: 'pipe:[1]' })),
    'stdin',
    'remark',
    /pipe/,
  ],
  [
    'stdout closed',
    { fds: { kind: 'known', value: [fdFacts(0), fdFacts(2)] } },
    'stdout',
    'fail',
    /closed/,
  ],
  ['stdout not appended', fds(fdFacts(1, log({ appends: false }))), 'stdout', 'remark', /O_APPEND/],
  ['stdout deleted', fds(fdFacts(1, log({ isDeleted: true }))), 'stdout', 'fail', /deleted/],
  [
    'stderr read-only',
    fds(fdFacts(2, log({ isWritable: false }))),
    'stderr',
    'fail',
    /reading only/,
  ],
  [
    'stderr a pipe',
    fds(fdFacts(2, { kind: 'pipe', target: 'pipe:[1]', ...held })),
    'stderr',
    'remark',
    /held by bash \(pid 9\)/,
  ],
  [
    'journal',
    {
      ...fds(fdFacts(1, { kind: 'socket', target: 'socket:[1]' })),
      ...leads,
      parent: systemd,
      service: service(true),
    },
    'stdout',
    'pass',
    /read by/,
  ],
  [
    'disk full',
    fds(fdFacts(1, log({ file: { mode: 0o640, uid: 0, sizeBytes: 5, freeBytes: 0 } }))),
    'log',
    'fail',
    /0 bytes left/,
  ],
  [
    'log for all',
    fds(fdFacts(1, log({ file: { mode: 0o666, uid: 0, sizeBytes: 5, freeBytes: null } }))),
    'log',
    'remark',
    /everybody/,
  ],
  [
    'leaked pipe',
    fds(fdFacts(7, { kind: 'pipe', target: 'pipe:[7]', ...held })),
    'fds',
    'fail',
    /7 → pipe:\[7\], also held by bash/,
  ],
  [
    'leaked terminal',
    fds(fdFacts(7, { kind: 'terminal', target: '/dev/pts/3' })),
    'fds',
    'fail',
    /inherited from/,
  ],
  [
    'careless file',
    fds(fdFacts(7, { kind: 'file', target: '/x' })),
    'fds',
    'remark',
    /FD_CLOEXEC\): 7 → \/x/,
  ],
  [
    'own file',
    fds(fdFacts(7, { kind: 'file', target: '/x', closesOnExec: true })),
    'fds',
    'pass',
    /1 of its own/,
  ],
  [
    'its lock',
    fds(fdFacts(7, { kind: 'file', target: '/run/p.pid.lock' })),
    'fds',
    'pass',
    /none inherited/,
  ],
  [
    'kept fd',
    {
      ...fds(fdFacts(7, { kind: 'pipe', ...held })),
      expected: { keepFds: [7], core: false, umask: 0o022 },
    },
    'fds',
    'pass',
    /none/,
  ],
  [
    'on another file system',
    cwd({ path: '/mnt/a', mountPoint: '/mnt' }),
    'cwd',
    'remark',
    /\/mnt busy/,
  ],
  ['in a folder of the root file system', cwd({ path: '/opt/a' }), 'cwd', 'pass', /\/opt\/a/],
  ['in a deleted folder', cwd({ isDeleted: true }), 'cwd', 'fail', /deleted/],
  [
    'chroot as root',
    { root: { kind: 'known', value: '/jail' }, ...status({ permitted: 1n << 18n }) },
    'root',
    'remark',
    /leave/,
  ],
  ['umask 0', status({ umask: 0 }), 'umask', 'remark', /000/],
  ['umask 0777', status({ umask: 0o777 }), 'umask', 'fail', /itself/],
  ['TERM blocked', status({ blocked: bit(15) }), 'signals-blocked', 'fail', /SIGTERM/],
  ['USR2 blocked', status({ blocked: bit(12) }), 'signals-blocked', 'remark', /SIGUSR2/],
  [
    'TERM read by signalfd',
    { ...status({ blocked: bit(15) }), signalFdMask: bit(15) },
    'signals-blocked',
    'pass',
    /signalfd: SIGTERM/,
  ],
  ['TERM ignored', status({ ignored: bit(15) }), 'signals-ignored', 'fail', /asked to stop/],
  ['nohup', status({ ignored: bit(1) }), 'signals-ignored', 'remark', /nohup/],
  ['sh -c "x &"', status({ ignored: bit(2) | bit(3) }), 'signals-ignored', 'remark', /shell/],
  [
    'PIPE ignored',
    status({ ignored: bit(13) }),
    'signals-ignored',
    'pass',
    /SIGPIPE, as runtimes do/,
  ],
  ['saved uid 0', status({ uids: [33, 33, 0, 33] }), 'user', 'fail', /become root again/],
  ['ids differ', status({ uids: [33, 34, 33, 34] }), 'user', 'remark', /effective 34/],
  ['root', { ...status({ uids: [0, 0, 0, 0] }) }, 'user', 'remark', /root/],
  ["root's group kept", status({ groups: [33, 0] }), 'groups', 'fail', /gid 0/],
  ["root's group saved", status({ gids: [33, 33, 0, 33] }), 'groups', 'fail', /back/],
  [
    'foreign group',
    { ...status({ groups: [33, 4] }), groupNames: new Map([[4, 'adm']]) },
    'groups',
    'remark',
    /adm/,
  ],
  [
    'CAP_NET_BIND_SERVICE',
    status({ permitted: 1n << 10n }),
    'capabilities',
    'remark',
    /CAP_NET_BIND_SERVICE/,
  ],
  ['CAP_SETUID', status({ permitted: 1n << 7n }), 'capabilities', 'fail', /CAP_SETUID: enough/],
  ['core unlimited', limit('max core file size', null), 'limit-core', 'remark', /unlimited/],
  [
    'core asked for',
    { ...limit('max core file size', null), expected: { keepFds: [], core: true, umask: 0o022 } },
    'limit-core',
    'pass',
    /as asked/,
  ],
  ['few files', limit('max open files', 64), 'limit-nofile', 'remark', /fewer/],
  ['a billion files', limit('max open files', 1e9), 'limit-nofile', 'remark', /select/],
  ['cpu limited', limit('max cpu time', 60), 'limits', 'remark', /60 seconds/],
  ['no PID file', { pidFile: null }, 'pid-file', 'remark', /none found/],
  ['PID file missing', pidFile({ exists: false }), 'pid-file', 'fail', /missing/],
  ['PID file of another', pidFile({ pid: 3 }), 'pid-file', 'fail', /names process 3/],
  ['PID file of garbage', pidFile({ pid: null }), 'pid-file', 'fail', /no pid/],
  ['PID file for all', pidFile({ mode: 0o666 }), 'pid-file-safety', 'fail', /0666/],
  ['PID file a link', pidFile({ isSymbolicLink: true }), 'pid-file-safety', 'fail', /symbolic/],
  ['PID file linked', pidFile({ links: 2 }), 'pid-file-safety', 'fail', /hard links/],
  ["PID file of the daemon's user", pidFile({ uid: 33 }), 'pid-file-safety', 'remark', /own user/],
  [
    "a user's own PID file",
    { ...pidFile({ uid: 33 }), auditorUid: 33 },
    'pid-file-safety',
    'pass',
    /0644/,
  ],
  [
    'PID file in an open folder',
    pidFile({ unsafeFolder: '/open' }),
    'pid-file-safety',
    'fail',
    /\/open/,
  ],
  ['PID file not locked', pidFile({ isLocked: false }), 'pid-file-lock', 'remark', /no lock/],
  ['LD_PRELOAD', names('LD_PRELOAD'), 'environment', 'remark', /LD_PRELOAD/],
  ['a login', names('SSH_TTY', 'DISPLAY'), 'environment', 'remark', /DISPLAY, SSH_TTY/],
  ["another's NOTIFY_SOCKET", names('NOTIFY_SOCKET'), 'environment', 'remark', /another process/],
  [
    'program replaced',
    { program: { kind: 'known', value: { path: '/p', isDeleted: true } } },
    'program',
    'remark',
    /replaced/,
  ],
  ['fds hidden', { fds: { kind: 'denied' } }, 'fds', 'remark', /not known/],
  ['cwd hidden', { cwd: { kind: 'denied' } }, 'cwd', 'remark', /not known/],
  [
    'environment hidden',
    { environmentNames: { kind: 'denied' } },
    'environment',
    'remark',
    /not known/,
  ],
];

describe('judge()', () => {
  it('passes a daemon without fault on every point', () => {
    assert.deepEqual(
      judge(GOOD).filter(({ result, remedy }) => result !== 'pass' || remedy !== null),
      [],
    );
  });

  for (const [title, changes, check, result, found] of cases) {
    it(`${title}: ${result} of ${check}`, () => {
      const finding = judge({ ...GOOD, ...changes }).find((one) => one.check === check);
      assert.equal(finding?.result, result, finding?.found);
      assert.match(finding?.found ?? '', found);
      assert.equal(finding?.remedy === null, result === 'pass');
    });
  }
});
