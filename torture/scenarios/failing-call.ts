import { changingCommand } from '../commands.ts';
import type { Scenario } from '../scenario.ts';
import { injecting, lacksStrace } from '../strace.ts';

// [call, errors that the kernel gives for it, how many of a command there are, roughly]
const FAULTS: readonly (readonly [call: string, errors: readonly string[], most: number])[] = [
  ['openat', ['EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'ENOSPC'], 120],
  ['clone', ['EAGAIN', 'ENOMEM'], 3],
  ['clone3', ['EAGAIN', 'ENOMEM'], 7],
  ['pipe2', ['EMFILE', 'ENFILE'], 4],
  ['pidfd_open', ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOSYS'], 4],
  ['flock', ['ENOLCK', 'EINTR'], 3],
  ['fcntl', ['ENOLCK', 'EMFILE'], 40],
  ['rename', ['ENOSPC', 'EIO', 'EROFS'], 3],
  ['unlink', ['EIO', 'EBUSY', 'EROFS'], 3],
  ['write', ['ENOSPC', 'EIO', 'EDQUOT'], 12],
  ['memfd_create', ['ENOMEM', 'EMFILE'], 1],
  ['mkdir', ['ENOSPC', 'EROFS'], 4],
  ['execve', ['ENOMEM', 'EIO', 'EAGAIN'], 2],
  ['close_range', ['ENOSYS', 'EPERM'], 2],
  ['fchmod', ['EIO', 'EROFS'], 2],
  ['read', ['EIO', 'EINTR'], 150],
  ['getdents64', ['EIO', 'ENOMEM'], 120],
  ['dup2', ['EMFILE', 'EBUSY'], 3],
  ['mmap', ['ENOMEM'], 70],
  ['mprotect', ['ENOMEM'], 45],
  ['brk', ['ENOMEM'], 45],
  ['prlimit64', ['EPERM'], 300],
  ['chdir', ['EIO', 'ENOENT'], 2],
  ['newfstatat', ['EIO', 'ENOMEM'], 15],
  ['statx', ['EIO', 'ENOMEM'], 90],
];

/** The kernel refuses one call, wherever that is: of Node's own start, of the launch, of the tidying up. */
export const failingCall: Scenario = {
  name: 'failing-call',
  weight: 4,
  lacks: lacksStrace,
  async run(world, random) {
    const [call, errors, most] = random.pick(FAULTS);
    const under = injecting(call, `error=${random.pick(errors)}`, random.between(1, most));
    await changingCommand(world, random, { under, mayBeMute: true });
  },
};
