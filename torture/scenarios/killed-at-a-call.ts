import { changingCommand } from '../commands.ts';
import type { Scenario } from '../scenario.ts';
import { injecting, lacksStrace } from '../strace.ts';

// [call, how many of a command there are, roughly]: between them lies all that a command does.
const CALLS = [
  ['flock', 4],
  ['rename', 4],
  ['unlink', 4],
  ['openat', 120],
  ['close', 120],
  ['fcntl', 40],
  ['pipe2', 4],
  ['setsid', 1],
  ['fchmod', 2],
  ['close_range', 2],
  ['pidfd_open', 4],
  ['pidfd_send_signal', 4],
  ['wait4', 2],
  ['prctl', 3],
  ['umask', 2],
  ['chdir', 2],
  ['rt_sigaction', 100],
  ['prlimit64', 300],
  ['clone', 3],
  ['write', 20],
  ['exit_group', 2],
  ['exit', 12],
  ['poll', 6],
  ['epoll_pwait', 2],
  ['getdents64', 120],
  ['read', 150],
  ['mkdir', 5],
  ['clone3', 7],
] as const;

/** SIGKILL for the command, or for the daemon that is being born, at a system call of its own. */
export const killedAtACall: Scenario = {
  name: 'killed-at-a-call',
  weight: 4,
  lacks: lacksStrace,
  async run(world, random) {
    const [call, most] = random.pick(CALLS);
    const under = injecting(call, 'signal=KILL', random.between(1, most));
    await changingCommand(world, random, { under, mayBeMute: true });
  },
};
