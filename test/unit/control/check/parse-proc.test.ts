import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  findMountPoint,
  findService,
  holdsLock,
  parseEnvironmentNames,
  parseFdInfo,
  parseLimits,
  parseStatus,
  saysSystemdMade,
} from '../../../../src/control/check/parse-proc.ts';

const STATUS = `Name:\tnginx
Umask:\t0027
Uid:\t0\t33\t0\t33
Gid:\t33\t33\t33\t33
Groups:\t4 33 
NSpid:\t812\t1
NSsid:\t800\t1
SigBlk:\t0000000000004000
SigIgn:\t0000000000001000
CapInh:\t0000000000000000
CapPrm:\t0000000000000400
CapAmb:\t0000000000000000
NoNewPrivs:\t1
`;

describe('parseStatus()', () => {
  it('reads ids, masks and namespaces', () => {
    assert.deepEqual(parseStatus(STATUS, []), {
      uids: [0, 33, 0, 33],
      gids: [33, 33, 33, 33],
      groups: [4, 33],
      umask: 0o027,
      blocked: 1n << 14n,
      ignored: 1n << 12n,
      inheritable: 0n,
      permitted: 1n << 10n,
      ambient: 0n,
      noNewPrivs: true,
      sessionIds: ['800', '1'],
      isContainerInit: true,
    });
  });

  it('takes a signal for blocked only when no thread takes it', () => {
    const open = STATUS.replace('0000000000004000', '0000000000000000');
    assert.equal(parseStatus(STATUS, [STATUS, STATUS]).blocked, 1n << 14n);
    assert.equal(parseStatus(STATUS, [STATUS, open]).blocked, 0n);
  });
});

it('parseLimits() reads amounts and "unlimited"', () => {
  const limits = parseLimits(
    'Limit                     Soft Limit           Hard Limit           Units     \n' +
      'Max core file size        0                    unlimited            bytes     \n' +
      'Max open files            1024                 4096                 files     \n',
  );
  assert.deepEqual(limits.get('max core file size'), { soft: 0, hard: null });
  assert.deepEqual(limits.get('max open files'), { soft: 1024, hard: 4096 });
});

it('parseFdInfo() reads access, O_APPEND, O_CLOEXEC and the mask of a signalfd', () => {
  const appended = parseFdInfo('pos:\t10\nflags:\t0102001\nmnt_id:\t1\n');
  assert.deepEqual(
    [appended.isWritable, appended.isReadable, appended.appends, appended.closesOnExec],
    [true, false, true, false],
  );
  const signals = parseFdInfo('pos:\t0\nflags:\t02000002\nsigmask:\t0000000000004000\n');
  assert.deepEqual([signals.closesOnExec, signals.signals], [true, 1n << 14n]);
});

describe('findMountPoint()', () => {
  const MOUNTS = [
    '1 0 8:1 / / rw - ext4 /dev/sda1 rw',
    '2 1 8:2 / /home rw - ext4 /dev/sda2 rw',
    '3 1 8:3 / /mnt/my\\040disk rw - ext4 /dev/sdb1 rw',
  ].join('\n');
  const cases: [string, string][] = [
    ['/', '/'],
    ['/homely', '/'],
    ['/home', '/home'],
    ['/home/u', '/home'],
    ['/mnt/my disk/x', '/mnt/my disk'],
  ];
  for (const [path, point] of cases)
    it(`${path} lies under ${point}`, () => assert.equal(findMountPoint(MOUNTS, path), point));
});

describe('findService()', () => {
  const cases: [string, string | null][] = [
    ['0::/system.slice/nginx.service', 'nginx.service'],
    ['1:name=systemd:/system.slice/cron.service', 'cron.service'],
    ['0::/user.slice/user-0.slice/session-3.scope', null],
    ['0::/user.slice/user-1.slice/user@1.service/app.slice/app-x.scope', null],
    ['0::/user.slice/user-1.slice/user@1.service/app.slice/my.service', 'my.service'],
    ['9:name=systemd:/\n0::/', null],
  ];
  for (const [text, service] of cases) it(text, () => assert.equal(findService(text), service));
});

it('saysSystemdMade() wants the session of the process that systemd executed', () => {
  const cases: [string, boolean | null][] = [
    ['SYSTEMD_EXEC_PID=800\0A=b\0', true],
    ['A=b\0SYSTEMD_EXEC_PID=1\0', true], // in a container, as it counts
    ['SYSTEMD_EXEC_PID=80\0', false],
    ['A=b\0XSYSTEMD_EXEC_PID=800\0', null],
    ['SYSTEMD_EXEC_PID=x\0', null],
    ['', null],
  ];
  for (const [environ, made] of cases)
    assert.equal(saysSystemdMade(environ, ['800', '1']), made, environ);
});

it('holdsLock() wants the pid and the inode', () => {
  const locks =
    '1: POSIX  ADVISORY  WRITE 77 fe:00:1234 0 EOF\n1: -> POSIX  ADVISORY  WRITE 78 fe:00:1234 0 EOF\n';
  assert.equal(holdsLock(locks, 77, [5n, 1234n]), true);
  assert.equal(holdsLock(locks, 78, [1234n]), false);
  assert.equal(holdsLock(locks, 77, [5n]), false);
});

it('parseEnvironmentNames() keeps no value', () => {
  assert.deepEqual(parseEnvironmentNames('A=s3cret\0B=x=y\0=odd\0'), ['A', 'B']);
});
